//! People and sessions over a real database.

use std::time::Duration;

use super::*;
use crate::clock::{ManualClock, Micros};
use crate::ids::SessionId;
use crate::protocol::{Coded as _, ErrorCode};
use crate::scratch::{Scratch, on_both_databases};

const START: Micros = Micros(1_800_000_000_000_000);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const PASSWORD: &str = "correct horse 7";

struct House {
    identity: Identity,
    clock: Arc<ManualClock>,
    db: Db,
}

fn house(scratch: &Scratch, email_verification: EmailVerification) -> House {
    let clock = Arc::new(ManualClock::at(START));
    let rules = Rules {
        session_lifetime: DAY * 30,
        email_verification,
        hashes_at_once: 2,
        hash_queue: 64,
        public_origin: "http://localhost:8080".into(),
    };
    let db = scratch.db.clone();
    let identity = Identity::new(rules, Keys::for_tests(), db.clone(), Outbox::waiting(), clock.clone()).unwrap();
    House { identity, clock, db }
}

impl House {
    async fn register(&self, handle: &str) -> Result<User, IdentityError> {
        self.register_with(handle, handle).await
    }

    async fn register_with(&self, handle: &str, mailbox: &str) -> Result<User, IdentityError> {
        let form = Registration {
            handle: handle.into(),
            email: format!("{mailbox}@example.com"),
            password: PASSWORD.into(),
            display_name: handle.into(),
        };
        self.identity.register(form).await
    }

    async fn login(&self, login: &str, password: &str) -> Result<SignedIn, IdentityError> {
        let login = Login {
            login: login.into(),
            password: password.into(),
            device: "test".into(),
        };
        self.identity.login(login).await
    }

    /// The tokens in the mails that wait, the oldest first.
    async fn mailed_tokens(&self) -> Vec<String> {
        let mails = crate::notify::waiting_bodies(&self.db).await;
        let token = |body: &String| {
            let link = body.split("http://localhost:8080/verify/").nth(1).unwrap();
            link.lines().next().unwrap().to_owned()
        };
        mails.iter().map(token).collect()
    }
}

fn code<T>(result: Result<T, IdentityError>) -> ErrorCode {
    result.map(drop).unwrap_err().wire().code
}

on_both_databases!(who_registers_signs_in_by_handle_or_address, |scratch| {
    let house = house(&scratch, EmailVerification::BeforePayment);
    let ada = house.register("Ada").await.unwrap();
    assert_eq!(ada.handle.as_str(), "ada");
    for login in ["ada", "@ADA", " ada@example.com ", "Ada@Example.com"] {
        let signed_in = house.login(login, PASSWORD).await.unwrap();
        let found = house.identity.authenticate(&signed_in.token.reveal()).await.unwrap();
        assert_eq!((found.user.id, found.session.id), (ada.id, signed_in.session.id));
        assert_eq!(found.session.device.as_str(), "test");
    }
    for (login, password) in [
        ("ada", "wrong password"),
        ("ada", ""),
        ("bob", PASSWORD),
        ("bob@example.com", PASSWORD),
        ("a@@b", PASSWORD),
        ("", PASSWORD),
    ] {
        assert_eq!(
            code(house.login(login, password).await),
            ErrorCode::CredentialsInvalid,
            "{login}"
        );
    }
    assert_eq!(house.identity.find_by_handle("@aDa").await.unwrap(), ada);
    assert_eq!(
        code(house.identity.find_by_handle("nobody").await),
        ErrorCode::UserNotFound
    );
    let found = house.identity.users(&[ada.id, UserId::fresh(), ada.id]).await.unwrap();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [(ada.id, ada)]);
});

on_both_databases!(a_name_or_an_address_is_taken_once, |scratch| {
    let house = house(&scratch, EmailVerification::Never);
    house.register("ada").await.unwrap();
    assert_eq!(code(house.register("ADA").await), ErrorCode::HandleTaken);
    assert_eq!(code(house.register("support").await), ErrorCode::HandleTaken);
    assert_eq!(code(house.register_with("eve", "ADA").await), ErrorCode::EmailTaken);
    let (a, b) = tokio::join!(house.register_with("bob", "b1"), house.register_with("bob", "b2"));
    let refused = [a, b].into_iter().filter_map(Result::err).map(|e| e.wire().code);
    assert_eq!(refused.collect::<Vec<_>>(), [ErrorCode::HandleTaken]);
    assert_eq!(house.mailed_tokens().await.len(), 2, "who was refused gets no mail");
});

on_both_databases!(a_session_ends_when_it_is_ended_and_for_its_owner_alone, |scratch| {
    let house = house(&scratch, EmailVerification::Never);
    let identity = &house.identity;
    let ada = house.register("ada").await.unwrap();
    let eve = house.register("eve").await.unwrap();
    let first = house.login("ada", PASSWORD).await.unwrap();
    let second = house.login("ada", PASSWORD).await.unwrap();
    assert_ne!(first.token.reveal(), second.token.reveal());
    let listed: Vec<_> = identity.sessions(ada.id).await.unwrap().iter().map(|s| s.id).collect();
    assert!(listed.len() == 2 && listed.contains(&first.session.id));

    let foreign = identity.revoke(eve.id, first.session.id).await;
    assert_eq!(code(foreign), ErrorCode::SessionNotFound);
    assert!(identity.authenticate(&first.token.reveal()).await.is_ok());

    identity.revoke(ada.id, first.session.id).await.unwrap();
    assert_eq!(
        code(identity.authenticate(&first.token.reveal()).await),
        ErrorCode::Unauthenticated
    );
    assert_eq!(
        code(identity.revoke(ada.id, first.session.id).await),
        ErrorCode::SessionNotFound
    );
    let unknown = SessionId::fresh();
    let asked = [first.session.id, second.session.id, unknown];
    assert_eq!(
        identity.revoked_among(&asked).await.unwrap(),
        [first.session.id, unknown]
    );

    identity.logout(&second.session).await.unwrap();
    identity.logout(&second.session).await.unwrap();
    assert_eq!(identity.sessions(ada.id).await.unwrap(), []);
    for junk in ["", "x", &Token::fresh().reveal()] {
        assert_eq!(code(identity.authenticate(junk).await), ErrorCode::Unauthenticated);
    }
});

on_both_databases!(a_session_lives_as_long_as_it_is_used, |scratch| {
    let house = house(&scratch, EmailVerification::Never);
    house.register("ada").await.unwrap();
    let signed_in = house.login("ada", PASSWORD).await.unwrap();
    let token = signed_in.token.reveal();
    house.clock.set(START.plus(DAY * 29));
    house.identity.authenticate(&token).await.unwrap();
    let seen = || async { house.identity.authenticate(&token).await.unwrap().session.last_seen_at };
    for _ in 0..200 {
        if seen().await == START.plus(DAY * 29) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(seen().await, START.plus(DAY * 29), "the use was noted");
    house.clock.set(START.plus(DAY * 58));
    assert!(
        house.identity.authenticate(&token).await.is_ok(),
        "the use moved the end"
    );
    house.clock.set(START.plus(DAY * 120));
    assert_eq!(
        code(house.identity.authenticate(&token).await),
        ErrorCode::Unauthenticated
    );
    assert_eq!(
        house.identity.revoked_among(&[signed_in.session.id]).await.unwrap(),
        [signed_in.session.id]
    );
});

on_both_databases!(the_session_used_longest_ago_makes_room, |scratch| {
    let house = house(&scratch, EmailVerification::Never);
    let ada = house.register("ada").await.unwrap();
    let open = |number: u64| {
        house.clock.set(START.plus(Duration::from_secs(number)));
        house.identity.open_session(ada.clone(), "test")
    };
    let first = open(0).await.unwrap();
    for number in 1..store::MAX_SESSIONS {
        assert_eq!(open(number).await.unwrap().ended, []);
    }
    let last = open(store::MAX_SESSIONS).await.unwrap();
    assert_eq!(last.ended, [first.session.id]);
    assert_eq!(
        code(house.identity.authenticate(&first.token.reveal()).await),
        ErrorCode::Unauthenticated
    );
    assert_eq!(house.identity.sessions(ada.id).await.unwrap().len(), 100);
});

on_both_databases!(a_mailed_token_works_once_even_for_two_at_once, |scratch| {
    let house = house(&scratch, EmailVerification::BeforePayment);
    let ada = house.register("ada").await.unwrap();
    assert_eq!(
        code(house.identity.allow(Step::Payment, &ada)),
        ErrorCode::EmailUnverified
    );
    let token = &house.mailed_tokens().await[0];
    let racers = futures_util::future::join_all((0..8).map(|_| house.identity.verify_email(token))).await;
    let (won, lost): (Vec<_>, Vec<_>) = racers.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 7));
    assert!(lost.into_iter().all(|lost| code(lost) == ErrorCode::TokenInvalid));
    let ada = house.identity.user(ada.id).await.unwrap();
    assert!(ada.is_verified() && house.identity.allow(Step::Payment, &ada).is_ok());
    assert_eq!(code(house.identity.verify_email(token).await), ErrorCode::TokenInvalid);
    house.identity.resend_verification(&ada).await.unwrap();
    assert_eq!(house.mailed_tokens().await.len(), 1, "nothing is left to confirm");
});

on_both_databases!(a_mailed_token_is_good_for_a_day, |scratch| {
    let house = house(&scratch, EmailVerification::BeforePayment);
    house.register("ada").await.unwrap();
    let token = &house.mailed_tokens().await[0];
    house.clock.set(START.plus(DAY));
    assert_eq!(code(house.identity.verify_email(token).await), ErrorCode::TokenInvalid);
    for junk in ["", "x", &Token::fresh().reveal()] {
        assert_eq!(code(house.identity.verify_email(junk).await), ErrorCode::TokenInvalid);
    }
});

on_both_databases!(before_sign_in_another_mail_goes_to_who_knows_the_password, |scratch| {
    let house = house(&scratch, EmailVerification::BeforeSignIn);
    house.register("ada").await.unwrap();
    assert_eq!(
        code(house.login("ada", "wrong password").await),
        ErrorCode::CredentialsInvalid
    );
    assert_eq!(code(house.login("ada", PASSWORD).await), ErrorCode::EmailUnverified);
    assert_eq!(
        house.mailed_tokens().await.len(),
        1,
        "the first mail is not a minute old"
    );
    house.clock.set(START.plus(Duration::from_secs(61)));
    assert_eq!(code(house.login("ada", PASSWORD).await), ErrorCode::EmailUnverified);
    let tokens = house.mailed_tokens().await;
    assert_eq!(tokens.len(), 2);
    house.identity.verify_email(&tokens[0]).await.unwrap();
    assert!(house.login("ada", PASSWORD).await.is_ok());
});

on_both_databases!(an_operator_makes_people_whose_address_counts_as_confirmed, |scratch| {
    let house = house(&scratch, EmailVerification::BeforeSignIn);
    let new = |handle: &str, password: Option<&str>| NewUser {
        handle: handle.into(),
        email: None,
        password: password.map(Into::into),
        display_name: handle.into(),
    };
    let ada = house.identity.create_user(new("ada", None)).await.unwrap();
    assert!(ada.is_verified());
    for guess in ["!", "", "x"] {
        assert_eq!(code(house.login("ada", guess).await), ErrorCode::CredentialsInvalid);
    }
    house
        .identity
        .create_user(new("support", Some(PASSWORD)))
        .await
        .unwrap();
    assert!(house.login("support", PASSWORD).await.is_ok());
    assert_eq!(house.mailed_tokens().await.len(), 0);
});

on_both_databases!(many_people_are_made_at_once_and_can_use_their_tokens, |scratch| {
    let house = house(&scratch, EmailVerification::BeforeSignIn);
    let people = house.identity.create_users_bulk(2_500).await.unwrap();
    assert_eq!(people.len(), 2_500);
    for person in [&people[0], &people[999], &people[2_499]] {
        let found = house.identity.authenticate(&person.token.reveal()).await.unwrap();
        assert_eq!((found.user.id, found.session.id), (person.id, person.session));
        assert_eq!(found.user.handle, person.handle);
    }
    let ids: Vec<UserId> = people.iter().map(|person| person.id).collect();
    assert_eq!(house.identity.users(&ids).await.unwrap().len(), 2_500);
    let sessions: Vec<SessionId> = people.iter().map(|person| person.session).collect();
    assert_eq!(house.identity.revoked_among(&sessions).await.unwrap(), []);
    assert_eq!(
        house.identity.create_users_bulk(3).await.unwrap().len(),
        3,
        "again on the same database"
    );
});

#[tokio::test(flavor = "multi_thread")]
async fn nothing_at_rest_gives_a_token_or_a_password_away() {
    let scratch = Scratch::make(crate::db::Kind::Sqlite).await;
    let house = house(&scratch, EmailVerification::BeforePayment);
    house.register("ada").await.unwrap();
    let token = house.login("ada", PASSWORD).await.unwrap().token;
    house.db.close().await;
    let mut stored = Vec::new();
    for file in std::fs::read_dir(scratch.folder.path()).unwrap() {
        stored.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let holds = |what: &[u8]| stored.windows(what.len()).any(|window| window == what);
    assert!(holds(b"ada@example.com"), "the file is what it seems");
    assert!(!holds(token.reveal().as_bytes()) && !holds(PASSWORD.as_bytes()));
}
