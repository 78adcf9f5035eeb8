# Every target brings what it needs by itself. The work is done by the scripts in .ci/, which can be read and run alone.

.PHONY: help setup run test bench bench-imap bench-pgp lint release soak page watch

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Bring compiler and tools (the other targets do it by themselves)
	@.ci/setup

run: ## A whole box on this machine, page included
	@.ci/run-box

test: ## Everything that CI checks: style, lints, documentation, licences, page, all tests
	@.ci/setup test
	@.ci/lint
	@.ci/page
	@.ci/test

lint: ## Formatting, clippy, documentation, licences, shell scripts
	@.ci/setup test
	@.ci/lint

page: ## Only the page, into dist/
	@.ci/setup
	@.ci/page

watch: ## The page again at every change of its sources, beside `make run`
	@.ci/setup
	@.ci/setup-tools trunk
	@.ci/watch

release: ## One binary with the page in it
	@.ci/setup
	@.ci/page
	@.ci/release

bench: ## How fast it is, in figures
	@.ci/setup test
	@.ci/page
	@.ci/bench

bench-imap: ## IMAP beside Dovecot, in figures
	@.ci/setup
	@.ci/bench-imap

bench-pgp: ## OpenPGP beside OpenPGP.js in a real browser, in figures
	@.ci/setup test
	@.ci/bench-pgp

soak: ## The tests that need long, for as long as MINUTES says (10 unless told)
	@.ci/setup test
	@.ci/page
	@.ci/soak
