// What a person does in Thunderbird, said from inside of it: the same functions that its windows call. Sent with every call
// (see ../thunderbird.rs), so nothing is kept here between two calls. PATIENCE is a constant of the sender's, milliseconds.

const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");

const main = () => Services.wm.getMostRecentWindow("mail:3pane");
const tabs = () => main()?.document.getElementById("tabmail");
const pane = () => tabs()?.currentAbout3Pane;
const reader = () => tabs()?.currentAboutMessage;
const identity = () => MailServices.accounts.defaultAccount.defaultIdentity;
const server = () => MailServices.accounts.accounts.map(account => account.incomingServer).find(is => is.type == "imap");
const folder = name => name.split("/").reduce((above, part) => above.getChildNamed(part), server().rootFolder);
const newest = name => [...folder(name).messages].sort((one, other) => one.messageKey - other.messageKey).at(-1);

/** Asks until the answer counts as true. An error is no answer yet: much of this stands only when it was loaded. */
async function until(what, ask) {
  const end = Date.now() + PATIENCE;
  for (let last; ; ) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${PATIENCE} ms; last ${last}`);
    await new Promise(resolve => main().setTimeout(resolve, 50));
  }
}

async function started() {
  await until("the main window", () => pane()?.document.readyState == "complete");
}

/** Settings → Manage Certificates… → Authorities → Import…: for websites. */
async function trust(base64) {
  Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).addCertFromBase64(base64, "C,,");
}

/**
 * What the dialog does with a name, an address and a password: it asks the address's domain for the rest. Then the folders
 * as they came, each that has a role with its flag.
 */
async function account({ name, address, password }) {
  const { FetchConfig } = ChromeUtils.importESModule("resource:///modules/accountcreation/FetchConfig.sys.mjs");
  const { CreateInBackend } = ChromeUtils.importESModule("resource:///modules/accountcreation/CreateInBackend.sys.mjs");
  const { AccountConfig } = ChromeUtils.importESModule("resource:///modules/accountcreation/AccountConfig.sys.mjs");
  const domain = address.slice(address.lastIndexOf("@") + 1);
  const config = await FetchConfig.fromISP(domain, address, new AbortController().signal);
  AccountConfig.replaceVariables(config, name, address, password);
  config.rememberPassword = true;
  await CreateInBackend.createAccountInBackend(config);
  server().getNewMessages(server().rootFolder, main().msgWindow, null);
  const roles = { INBOX: "Inbox", Drafts: "Drafts", Sent: "SentMail", Archive: "Archive", Junk: "Junk", Trash: "Trash" };
  await until("folders by their roles", () =>
    Object.entries(roles).every(([name, role]) => folder(name).flags & Ci.nsMsgFolderFlags[role]));
  return server().rootFolder.descendants.map(one => one.name);
}

/** Account Settings → End-To-End Encryption → Add Key…; then the key is chosen. */
async function key(path, phrase) {
  const { EnigmailKeyRing } = ChromeUtils.importESModule("chrome://openpgp/content/modules/keyRing.sys.mjs");
  const { PgpSqliteDb2 } = ChromeUtils.importESModule("chrome://openpgp/content/modules/sqliteDb.sys.mjs");
  const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
  file.initWithPath(path);
  const [failed, got] = [{}, {}];
  const code = await EnigmailKeyRing.importSecKeyFromFile(main(), () => phrase, false, file, failed, got);
  if (code) throw new Error(failed.value);
  const { fpr } = EnigmailKeyRing.getKeyById(got.keys[0].replace(/^0x/, ""));
  await PgpSqliteDb2.acceptAsPersonalKey(fpr);
  await until("the key is one's own", () => PgpSqliteDb2.isAcceptedAsPersonalKey(fpr));
  identity().setUnicharAttribute("openpgp_key_id", fpr.slice(-16));
  identity().setBoolAttribute("is_gnupg_key_id", false);
}

/** Looks a person's key up as the key assistant does, and accepts what was found. */
async function discover(address) {
  const { KeyLookupHelper } = ChromeUtils.importESModule("chrome://openpgp/content/modules/keyLookupHelper.sys.mjs");
  const { CollectedKeysDB } = ChromeUtils.importESModule("chrome://openpgp/content/modules/CollectedKeysDB.sys.mjs");
  const { EnigmailKeyRing } = ChromeUtils.importESModule("chrome://openpgp/content/modules/keyRing.sys.mjs");
  await KeyLookupHelper.lookupAndImportByEmail("silent-collection", main(), address, false);
  const found = await (await CollectedKeysDB.getInstance()).findKeysForEmail(address);
  for (const { pubKey } of found) {
    const failed = {};
    const accept = "unverified";
    if (await EnigmailKeyRing.importKeyAsync(main(), false, pubKey, true, "", failed, null, false, [], accept)) {
      throw new Error(failed.value);
    }
  }
  return found.map(({ sources }) => sources.map(({ type }) => type)).flat();
}

/** Clicks on a folder, waits until it has so many letters, and clicks on the one that came last. */
async function open(name, count) {
  await until(name, () => folder(name));
  if (pane().gFolder != folder(name)) pane().displayFolder(folder(name));
  await until(`${count} in ${name}`, () => [...folder(name).messages].length >= count);
  const header = newest(name);
  const row = await until("its line in the list", () => {
    const { gFolder, gDBView } = pane();
    const index = gFolder == folder(name) && gDBView.msgFolder == gFolder && gDBView.findIndexOfMsgHdr(header, true);
    return index < gDBView.rowCount && { index };
  });
  pane().threadTree.selectedIndex = row.index;
  await until("the letter", () => reader().gMessage == header && reader().msgLoaded);
  const subject = () => reader().document.getElementById("expandedsubjectBox").value.textContent;
  await until("its subject", () => subject() && subject() != "[...]");
  const shown = reader().getMessagePaneBrowser().contentDocument;
  await until("its images", () => shown.readyState == "complete" && [...shown.images].every(image => image.complete));
  const attachments = [];
  for (const attachment of reader().currentAttachments) {
    const bytes = new Uint8Array(await attachment.fetchAttachment());
    attachments.push({ name: attachment.name, type: attachment.contentType, bytes: Array.from(bytes) });
  }
  return {
    subject: subject(),
    listed: header.mime2DecodedSubject,
    text: shown.body.innerText.trim(),
    bold: [...shown.querySelectorAll("b")].map(element => element.textContent),
    images: [...shown.images].map(image => image.naturalWidth),
    attachments,
    encrypted: reader().document.getElementById("encryptedHdrIcon")?.getAttribute("src"),
    signed: reader().document.getElementById("signedHdrIcon")?.getAttribute("src"),
  };
}

async function composer(start) {
  start();
  const window = await until("the window to write in", () => {
    const window = Services.wm.getMostRecentWindow("msgcompose");
    return window.gLoadingComplete && window.gMsgCompose.editor && window;
  });
  await window.checkEncryptionState();
  return window;
}

async function putAside(window) {
  window.gContentChanged = false;
  window.close();
  await until("the window is gone", () => window.closed);
}

/** The question that stands over all windows, if there is one. */
function asked() {
  return [...Services.wm.getEnumerator(null)].find(window => window.location.href.endsWith("/commonDialog.xhtml"));
}

/** Writes a letter and sends it, or keeps it as a draft. */
async function write({ to, bcc = "", replyTo = "", subject, body, encrypt = false, sign = false, draft = false }) {
  const fields = Cc["@mozilla.org/messengercompose/composefields;1"].createInstance(Ci.nsIMsgCompFields);
  Object.assign(fields, { to, bcc, replyTo, subject, body });
  const params = Cc["@mozilla.org/messengercompose/composeparams;1"].createInstance(Ci.nsIMsgComposeParams);
  const [type, format] = [Ci.nsIMsgCompType.New, Ci.nsIMsgCompFormat.PlainText];
  Object.assign(params, { composeFields: fields, type, format, identity: identity() });
  const window = await composer(() => MailServices.compose.OpenComposeWindowWithParams(null, params));
  // From the other state, so that it is the person's own choice in any case, and Thunderbird leaves it alone.
  window.gSendEncrypted = !encrypt;
  window.toggleEncryptMessage();
  window.gSendSigned = !sign;
  window.toggleGlobalSignMessage();
  await window.checkEncryptionState();
  if (draft) {
    await window.SaveAsDraft();
    let again = 1;
    await until("it is kept", () => {
      // A Thunderbird that has just begun may fail to copy what it keeps, before it has told a server anything; it asks then, and
      // a person tries again. What fails twice has another reason.
      const question = asked();
      if (question && again-- > 0) question.document.getElementById("commonDialog").acceptDialog();
      return !question && !window.gSendOperationInProgress && !window.gSaveOperationInProgress;
    });
    await putAside(window);
  } else {
    window.goDoCommand("cmd_sendNow");
    await until("it is sent", () => window.closed);
  }
}

/** Takes up the last letter of a folder in a window to write in: as a reply, or to go on with a draft. */
async function takeUp(name, how) {
  const uri = folder(name).getUriForMsg(newest(name));
  const format = Ci.nsIMsgCompFormat.Default;
  const start = () => main().ComposeMessage(Ci.nsIMsgCompType[how], format, folder(name), [uri]);
  const window = await composer(start);
  const pills = row =>
    [...window.document.querySelectorAll(`#${row}AddrContainer > mail-address-pill`)].map(pill => pill.fullAddress);
  const body = () => window.gMsgCompose.editor.outputToString("text/plain", 0);
  await until("its text", () => body().trim());
  const [to, cc, bcc, replyTo] = ["to", "cc", "bcc", "reply"].map(pills);
  const taken = { to, cc, bcc, replyTo, subject: window.document.getElementById("msgSubject").value, body: body() };
  await putAside(window);
  return taken;
}

/** What stands on the screen, for who looks into a failure. */
async function windows() {
  return [...Services.wm.getEnumerator(null)].map(window => {
    const said = window.args?.text ?? window.document.getElementById("infoBody")?.textContent ?? "";
    return `${window.location.href} ${window.document.title} ${said}`;
  });
}
