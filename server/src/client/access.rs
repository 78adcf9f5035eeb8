//! Accounts: registering, logging in and out, recovering, and what the unlocked account makes.

use std::path::{Path, PathBuf};

use rand::rngs::OsRng;
use shared::access::{self, NewAccount, Unlocked};
use shared::api::account::{
    AccountResponse, ChangeAccountRequest, KeyServerUse, Language, LoginStartResponse, RecoverStartResponse,
    RegisterStartResponse, SessionResponse,
};
use shared::api::device::{CreateDeviceResponse, DevicesResponse};
use shared::api::{ApiError, Base64, EmailAddress, ErrorCode, paths};
use shared::vault::Secret;

use super::api::Api;
use super::args::{
    AskArg, DevicePasswordArgs, ExportKeyArgs, KeyServerArgs, LanguageArg, LanguageArgs, LoginArgs, Place, RecoverArgs,
    RegisterArgs,
};
use super::session::{self, Saved};
use super::{ClientError, files, now, print, secrets, tell};

/// A connection with the session that was saved.
pub(super) struct Connected {
    pub(super) api: Api,
    saved: Saved,
    path: PathBuf,
}

impl Connected {
    /// Connects to the box of the command line or, where that names none, to that of the saved session.
    async fn new(place: Place, other_url: Option<String>) -> Result<Self, ClientError> {
        let (saved, path) = remembered(place, other_url)?;
        let api = Api::connect(&saved.url, saved.ca.as_deref(), saved.cookies.clone()).await?;
        Ok(Self { api, saved, path })
    }

    /// The box, without a slash at the end.
    pub(super) fn url(&self) -> &str {
        &self.saved.url
    }

    /// Keeps the session of an account that has just been opened.
    fn keep(&mut self, account: &AccountResponse, unlocked: &Unlocked) -> Result<(), ClientError> {
        self.saved.cookies = self.api.cookies.clone();
        self.saved.keep(&unlocked.tab_key(account, &mut OsRng));
        self.saved.write(&self.path)
    }
}

/// What is kept of the box of the command line or, where that names none, of that of the saved session; and where it is kept.
fn remembered(place: Place, other_url: Option<String>) -> Result<(Saved, PathBuf), ClientError> {
    let path = session::path(&place)?;
    let mut saved = Saved::read(&path)?;
    let url = place.url.or(other_url).unwrap_or_else(|| saved.url.clone());
    if url.is_empty() {
        return Err(ClientError::Usage("which box? use --url".into()));
    }
    if url.trim_end_matches('/') != saved.url {
        // Another box gets nothing of what this one gave.
        saved = Saved::default();
    }
    saved.url = url.trim_end_matches('/').to_owned();
    if let Some(ca) = place.ca {
        let absolute = std::path::absolute(&ca);
        saved.ca = Some(absolute.map_err(|error| ClientError::Failed(format!("{}: {error}", ca.display())))?);
    }
    Ok((saved, path))
}

/// Connects and opens the account of the saved session.
pub(super) async fn open(place: Place) -> Result<(Connected, Unlocked), ClientError> {
    let mut connected = Connected::new(place, None).await?;
    let unlocked = opened(&mut connected).await?;
    Ok((connected, unlocked))
}

/// The account as the box has it now.
async fn opened(connected: &mut Connected) -> Result<Unlocked, ClientError> {
    let session: SessionResponse = connected.api.get(paths::SESSION).await?;
    let account = session.ok_or(ApiError::new(ErrorCode::NotSignedIn))?;
    let key = connected.saved.tab_key().ok_or(access::AccessError::TabKeyGone)?;
    Ok(access::unlock_tab(&account, &key)?)
}

pub(super) async fn register(place: Place, args: RegisterArgs) -> Result<(), ClientError> {
    let (url, token) = invitation(&args.invitation)?;
    let mut connected = Connected::new(place, url).await?;
    let passphrase = secrets::new_passphrase(args.passphrase.passphrase_file.as_deref(), secrets::NEW)?;
    let wanted = args.address.clone();
    let new = NewAccount {
        invitation: token,
        address: args.address,
        display_name: args.name,
        language: args.words.language.into(),
    };
    let (registration, request) = access::register_start(new, passphrase, &mut OsRng)?;
    let response: RegisterStartResponse =
        connected.api.post(paths::REGISTER_START, &request).await.map_err(|error| not_given(error, &wanted))?;
    let registered = registration.finish(&response, now(), &mut OsRng)?;
    // As in `recover`: were the answer lost on its way, there would be an account whose code nobody knows.
    show_words(&registered.recovery_words)?;
    let made = connected.api.post(paths::REGISTER_FINISH, &registered.request).await;
    if made.as_ref().is_err_and(ClientError::is_in_doubt) {
        tell(
            "The box did not answer: nobody knows whether the account was made. Try to log in; if that works, the words above are \
             its recovery code, and own-mailbox client new-recovery-code makes another one where they are not kept.",
        )?;
    }
    let account: AccountResponse = made?;
    let unlocked = registered.opener.open(&account)?;
    connected.keep(&account, &unlocked)
}

/// Says which address it is that a guest cannot have.
fn not_given(error: ClientError, address: &EmailAddress) -> ClientError {
    match error {
        ClientError::Answered(ApiError { code: ErrorCode::AddressTaken, .. }) => {
            ClientError::Refused(format!("somebody has the address {address} already"))
        }
        ClientError::Answered(ApiError { code: ErrorCode::AddressNotHere, .. }) => {
            ClientError::Refused(format!("the box does not give the address {address}"))
        }
        other => other,
    }
}

pub(super) async fn login(place: Place, args: LoginArgs) -> Result<(), ClientError> {
    let mut connected = Connected::new(place, None).await?;
    let passphrase = secrets::passphrase(args.passphrase.passphrase_file.as_deref())?;
    let (login, request) = access::login_start(args.address, passphrase, &mut OsRng)?;
    let response: LoginStartResponse = connected.api.post(paths::LOGIN_START, &request).await?;
    let (request, opener) = login.finish(&response, &mut OsRng)?;
    let account: AccountResponse = connected.api.post(paths::LOGIN_FINISH, &request).await?;
    let unlocked = opener.open(&account)?;
    if unlocked.damaged_keys() > 0 {
        tell("Some retired keys do not open; mail that was sealed to them stays closed.")?;
    }
    connected.keep(&account, &unlocked)?;
    tend(tend_keys(&mut connected, &unlocked).await)?;
    tell(&format!("Logged in as {}.", account.address))
}

pub(super) async fn recover(place: Place, args: RecoverArgs) -> Result<(), ClientError> {
    let mut connected = Connected::new(place, None).await?;
    let code = secrets::recovery_code(args.code_file.as_deref())?;
    let passphrase = secrets::new_passphrase(args.passphrase.passphrase_file.as_deref(), secrets::NEW)?;
    let (recovery, request) = access::recover_start(args.address, code, passphrase, &mut OsRng)?;
    let response: RecoverStartResponse = connected.api.post(paths::RECOVER_START, &request).await?;
    let recovered = recovery.finish(&response, args.words.language.into(), &mut OsRng)?;
    // Shown before the box takes it: were the answer lost on its way, the code would be in force and known to nobody.
    show_words(&recovered.recovery_words)?;
    let done = connected.api.post(paths::RECOVER_FINISH, &recovered.request).await;
    match &done {
        Err(error) if error.is_in_doubt() => tell(
            "The box did not answer: nobody knows whether the account was recovered. Try to log in with the new passphrase; if that works, \
             the words above are the recovery code. If it does not, the code that you had is good still, and the words above are worth nothing.",
        )?,
        Err(_) => tell(
            "The box did not do it: the words above are worth nothing, and the code that you had is as good as before.",
        )?,
        Ok(_) => {}
    }
    let account: AccountResponse = done?;
    let unlocked = recovered.opener.open(&account)?;
    connected.keep(&account, &unlocked)?;
    tell("The new passphrase and the new recovery code are in force; all other sessions have ended.")
}

pub(super) async fn logout(place: Place) -> Result<(), ClientError> {
    let (mut saved, path) = remembered(place, None)?;
    let cookies = saved.cookies.clone();
    // Whatever the box says, and if it says nothing, what opens the account is not kept here any more.
    saved.forget();
    saved.write(&path)?;
    let ended = async {
        let mut api = Api::connect(&saved.url, saved.ca.as_deref(), cookies).await?;
        api.post_empty(paths::LOGOUT).await
    };
    let ended = ended.await;
    if ended.as_ref().is_err_and(ClientError::is_in_doubt) {
        tell(
            "The session is forgotten here, so that nobody goes on with it; the box could not be told, where it ends by itself, or as \
             soon as the passphrase is changed.",
        )?;
    }
    ended
}

pub(super) async fn language(place: Place, args: LanguageArgs) -> Result<(), ClientError> {
    let mut connected = Connected::new(place, None).await?;
    if let Some(language) = args.language {
        let request = ChangeAccountRequest { language: Some(language.into()), ..ChangeAccountRequest::default() };
        return connected.api.patch(paths::ACCOUNT, &request).await;
    }
    let session: SessionResponse = connected.api.get(paths::SESSION).await?;
    let account = session.ok_or(ApiError::new(ErrorCode::NotSignedIn))?;
    print(match account.language {
        Language::Fr => "fr\n",
        Language::En => "en\n",
    })
}

pub(super) async fn key_server(place: Place, args: KeyServerArgs) -> Result<(), ClientError> {
    let mut connected = Connected::new(place, None).await?;
    let session: SessionResponse = connected.api.get(paths::SESSION).await?;
    let account = session.ok_or(ApiError::new(ErrorCode::NotSignedIn))?;
    let server = account.key_server.ok_or_else(|| {
        ClientError::Refused(
            "this box asks no key server; its owner can have it ask one, see [key_server] in its configuration".into(),
        )
    })?;
    let Some(ask) = args.ask else {
        return print(&format!("{}\t{}\n", server.host, if server.is_agreed { "ask" } else { "do-not-ask" }));
    };
    let key_server = Some(KeyServerUse { is_agreed: ask == AskArg::Ask, ..server });
    connected.api.patch(paths::ACCOUNT, &ChangeAccountRequest { key_server, ..ChangeAccountRequest::default() }).await
}

pub(super) async fn device_password(place: Place, args: DevicePasswordArgs) -> Result<(), ClientError> {
    let (mut connected, unlocked) = open(place).await?;
    if !args.opened && unlocked.rest_key().is_some_and(|key| key.certificate() == unlocked.at_rest()) {
        tell(
            "This program will not open what the box has kept until now: it is sealed so that no such program can, against machines \
             of the time after. What comes from now on is sealed so that it can.",
        )?;
    }
    let (request, password) = unlocked.device_password(args.name, args.opened, &mut OsRng);
    let DevicesResponse { server, .. } = connected.api.get(paths::DEVICES).await?;
    tell(&format!(
        "User {}. Incoming: IMAP, {} port {}, TLS. Outgoing: SMTP, {} port {}, TLS. The password, as soon as the box has taken it:",
        unlocked.address(),
        server.host,
        server.imaps_port,
        server.host,
        server.submissions_port
    ))?;
    // Shown before the box takes it: were the answer lost on its way, there would be a password that nobody knows.
    print(&format!("{}\n", password.to_text().expose()))?;
    let made: Result<CreateDeviceResponse, _> = connected.api.post(paths::DEVICES, &request).await;
    match made {
        Ok(_) => tell("The box has taken it."),
        Err(unanswered) if unanswered.is_in_doubt() => {
            tell(
                "The box did not answer: nobody knows whether it took the password. Try it; if it does not work, make another. The \
                 settings of the page show the device if it was made, and take it back.",
            )?;
            Err(unanswered)
        }
        Err(error) => {
            tell("The box did not take it.")?;
            Err(error)
        }
    }
}

pub(super) async fn export_key(place: Place, args: ExportKeyArgs) -> Result<(), ClientError> {
    let (_, unlocked) = open(place).await?;
    let passphrase = secrets::new_passphrase(args.passphrase.passphrase_file.as_deref(), secrets::NEW)?;
    let armored = unlocked.export_key(&passphrase, &mut OsRng)?;
    save(args.out.as_deref(), &armored)
}

/// Tends the keys of an account that has another one now, which has yet to vouch for one for mail at rest.
pub(super) async fn tend_anew(connected: &mut Connected) -> Result<(), ClientError> {
    let tended = async {
        let unlocked = opened(connected).await?;
        tend_keys(connected, &unlocked).await
    };
    tend(tended.await)
}

fn tend(tended: Result<(), ClientError>) -> Result<(), ClientError> {
    match tended {
        Ok(()) => Ok(()),
        Err(error) => tell(&format!("The keys could not be renewed ({error}); the next login tries again.")),
    }
}

/// Tells the box what is new about the keys. What fails is tried at the next login.
async fn tend_keys(connected: &mut Connected, unlocked: &Unlocked) -> Result<(), ClientError> {
    for news in unlocked.tend_keys(now(), &mut OsRng)? {
        connected.api.tell(paths::OWN_KEY_NEWS, &news).await?;
    }
    if let Some(key) = unlocked.tend_rest_key(now(), &mut OsRng)? {
        connected.api.tell(paths::REST_KEYS, &key).await?;
    }
    Ok(())
}

/// Writes what only its owner may read into a file of its own, or prints it.
pub(super) fn save(path: Option<&Path>, text: &str) -> Result<(), ClientError> {
    match path {
        Some(path) => files::write_new(path, text.as_bytes()),
        None => print(text),
    }
}

impl From<LanguageArg> for Language {
    fn from(language: LanguageArg) -> Self {
        match language {
            LanguageArg::Fr => Self::Fr,
            LanguageArg::En => Self::En,
        }
    }
}

/// Prints the words of a recovery code, on a line of their own behind what they are.
pub(super) fn show_words(words: &Secret<Vec<String>>) -> Result<(), ClientError> {
    print(&format!(
        "Recovery code: write these twelve words down and keep them apart from this machine. They are not shown again.\n\n\
         {}\n",
        words.expose().join(" ")
    ))
}

/// The box and the token of an invitation's link; a token alone names no box.
fn invitation(text: &str) -> Result<(Option<String>, Base64), ClientError> {
    let (url, token) = match text.split_once('#') {
        Some((link, token)) => (Some(link.trim_end_matches(paths::INVITATION_PAGE).to_owned()), token),
        None => (None, text),
    };
    let token = token.trim().parse().ok().filter(|token: &Base64| !token.0.is_empty());
    Ok((
        url,
        token.ok_or_else(|| ClientError::Usage("--invitation: this is not an invitation's link or token".into()))?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_a_link_or_a_token() {
        let (url, token) = invitation("https://localhost:8443/invitation#-_8AAQ").unwrap();
        assert_eq!(url.as_deref(), Some("https://localhost:8443"));
        assert_eq!(token.0, [0xfb, 0xff, 0, 1]);
        assert_eq!(invitation("-_8AAQ").unwrap().0, None);
        for bad in ["", "https://home.test/invitation", "https://home.test/invitation#"] {
            assert!(invitation(bad).is_err(), "{bad}");
        }
    }
}
