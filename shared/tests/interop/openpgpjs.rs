//! OpenPGP.js in Node: one process for all that is asked about a key.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::kinds::Kind;
use crate::peers::{Done, Form, Job, Peer};

/// The folder with OpenPGP.js in it, as `OPENPGPJS` names it.
pub struct OpenPgpJs(PathBuf);

impl OpenPgpJs {
    pub fn here() -> Option<Self> {
        let folder = PathBuf::from(std::env::var_os("OPENPGPJS")?).join("node_modules/openpgp/dist/node/openpgp.mjs");
        let has_node = Command::new("node").arg("--version").output().is_ok();
        (folder.is_file() && has_node).then_some(Self(folder))
    }
}

impl Peer for OpenPgpJs {
    fn name(&self) -> &'static str {
        "OpenPGP.js 6"
    }

    fn work(&self, kind: &Kind, text: &[u8], jobs: &[Job]) -> Vec<Done> {
        let asked = jobs.iter().map(|job| match job {
            Job::Sign => json!({ "do": "sign" }),
            Job::Seal { form, signed } => json!({
                "do": "seal",
                "aead": match form { Form::V1 => None, Form::Ocb => Some("ocb"), Form::Gcm => Some("gcm") },
                "signed": signed,
            }),
            Job::Open { sealed, signed } => {
                json!({ "do": "open", "sealed": STANDARD.encode(sealed), "signed": signed })
            }
        });
        let input = json!({
            "library": self.0,
            "key": STANDARD.encode(&kind.asks_v1),
            "text": STANDARD.encode(text),
            "jobs": asked.collect::<Vec<_>>(),
        });
        let mut child = Command::new("node")
            .args(["--input-type=module", "--eval", include_str!("openpgpjs.mjs")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let done: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        done.into_iter()
            .map(|one| match one["ok"].as_str() {
                Some(bytes) => Ok(STANDARD.decode(bytes).unwrap()),
                None => Err(one["error"].as_str().unwrap().to_owned()),
            })
            .collect()
    }
}
