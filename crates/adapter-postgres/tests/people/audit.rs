//! What is done to people, sessions, keys and teams is audited, and no secret with it.

use adapter_postgres::identity::{PgApiKeys, PgSessions, PgTeams, PgUsers};
use chrono::TimeDelta;
use identity::api_key::{ApiKey, ApiKeyText};
use identity::ports::{ApiKeys, Refreshed, Sessions, Teams, Users};
use identity::team::TeamChange;
use identity::user::{PasswordHash, UserChange};
use kernel::access::Role;
use kernel::audit::Audited;
use kernel::clock::{IdSource, SystemIds};
use kernel::id::{Id, TeamId};
use serde_json::{Value, json};

use super::{create, email, key_of, new_admin};
use crate::support::{Store, at, block_on, context, done, lines};

/// A team's audit entries after its foundation, in the order of their writing: action, subject, before and after.
fn entries(store: &Store, team: TeamId) -> Vec<Value> {
    let entries = format!(
        "SELECT jsonb_build_array(action, subject_kind, subject_id, before, after)::text AS line FROM audit_entries
         WHERE team_id = '{team}' AND action <> 'team.founded' ORDER BY xid, id"
    );
    let entries = lines(&mut store.superuser(), &entries);
    entries.iter().map(|line| serde_json::from_str(line).expect("an entry")).collect()
}

fn parsed(snapshot: &str) -> Value {
    serde_json::from_str(snapshot).expect("a snapshot is JSON")
}

#[test]
fn what_is_done_to_a_user_is_audited_with_what_it_was_and_became() {
    let store = Store::shared();
    let team = store.team();
    let created = done(create(&store, team, new_admin(&email())));
    let users = PgUsers::new(store.db.clone());
    let change = |change: UserChange| done(block_on(users.change(context(team), created.id, change)));
    let changed = change(UserChange { roles: Some([Role::Ops].into()), ..Default::default() });
    change(UserChange { roles: Some([Role::Ops].into()), ..Default::default() });
    let idle = change(UserChange { is_active: Some(false), ..Default::default() });
    let id = created.id.to_string();
    let [created, changed, idle] = [created, changed, idle].map(|user| parsed(&user.snapshot()));
    let expected = [
        json!(["user.created", "user", id, null, created]),
        json!(["user.changed", "user", id, created, changed]),
        json!(["user.changed", "user", id, changed, idle]),
    ];
    assert_eq!(entries(&store, team), expected, "and where nothing differs, nothing is");
}

#[test]
fn what_becomes_of_a_session_is_audited() {
    let store = Store::shared();
    let team = store.team();
    let (stolen, first) = store.session_begun(team, at());
    let (second, _) = store.refresh(team, &first, at());
    let Refreshed::Renewed { user, .. } = second else { panic!("it is renewed: {second:?}") };
    assert_eq!(store.refresh(team, &first, at()).0, Refreshed::Reused);
    assert_eq!(store.refresh(team, &first, at()).0, Refreshed::Refused, "which changes nothing");
    let left = store.session(team);
    let sessions = PgSessions::new(store.db.clone());
    for _ in 0..2 {
        done(block_on(sessions.end(context(team), left)));
    }
    let begun = json!({"userId": user.id.uuid(), "address": "192.0.2.7"});
    let reused = json!({"why": "a spent refresh token was presented again"});
    let expected = [
        json!(["session.begun", "session", stolen.uuid(), null, begun]),
        json!(["session.refreshed", "session", stolen.uuid(), null, {"userId": user.id.uuid()}]),
        json!(["session.ended", "session", stolen.uuid(), null, reused]),
        json!(["session.begun", "session", left.uuid(), null, begun]),
        json!(["session.ended", "session", left.uuid(), null, {"why": "logged out"}]),
    ];
    assert_eq!(entries(&store, team), expected);
}

/// Another key of a team with the same rights as its first, and its text.
fn new_key(store: &Store, team: TeamId) -> (ApiKey, ApiKeyText) {
    let keys = PgApiKeys::new(store.db.clone());
    let first = block_on(keys.find(team, key_of(store, team))).expect("it is read").expect("it is there");
    let text = ApiKeyText::compose(Id::new(SystemIds.uuid()), &SystemIds.secret());
    let new = ApiKey { id: text.id(), prefix: text.prefix(), secret_hash: text.hash(), ..first };
    (done(block_on(keys.create(context(team), new))), text)
}

#[test]
fn what_is_done_to_a_key_is_audited_with_what_it_was_and_became() {
    let store = Store::shared();
    let team = store.team();
    let (created, _) = new_key(&store, team);
    let keys = PgApiKeys::new(store.db.clone());
    let next = ApiKeyText::compose(created.id, &SystemIds.secret());
    let rotated = done(block_on(keys.rotate(context(team), next, TimeDelta::hours(1))));
    let revoked = done(block_on(keys.revoke(context(team), created.id)));
    done(block_on(keys.revoke(context(team), created.id)));
    let id = created.id.uuid();
    let [created, rotated, revoked] = [created, rotated, revoked].map(|key| parsed(&key.snapshot()));
    assert_ne!(created, rotated, "that there was a rotation shows");
    let expected = [
        json!(["api_key.created", "api_key", id, null, created]),
        json!(["api_key.rotated", "api_key", id, created, rotated]),
        json!(["api_key.revoked", "api_key", id, rotated, revoked]),
    ];
    assert_eq!(entries(&store, team), expected, "and a key revoked twice is revoked once");
}

#[test]
fn what_is_done_to_a_team_is_audited_with_what_it_was_and_became() {
    let store = Store::shared();
    let team = store.team();
    let teams = PgTeams::new(store.db.clone());
    let before = block_on(teams.find(team)).expect("it is read").expect("it is there");
    let change = || TeamChange { four_eyes_payment: Some(true), ..Default::default() };
    let after = done(block_on(teams.change(context(team), change())));
    done(block_on(teams.change(context(team), change())));
    let (before, after) = (parsed(&before.snapshot()), parsed(&after.snapshot()));
    assert_eq!(entries(&store, team), [json!(["team.changed", "team", team.uuid(), before, after])]);
}

/// How a hash may be written down.
fn written(hash: [u8; 32]) -> [String; 2] {
    let hex = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    [hex, serde_json::to_string(&hash).expect("bytes are numbers")]
}

/// The random part of a secret's text.
fn random_part(text: &str) -> String {
    text.split('_').nth(2).expect("a prefix, an id, a secret and a checksum").to_owned()
}

#[test]
fn no_secret_is_audited_and_none_is_stored_as_its_owner_holds_it() {
    let store = Store::own();
    let team = store.team();
    let (session, token) = store.session_begun(team, at());
    let (_, next_token) = store.refresh(team, &token, at());
    let (key, text) = new_key(&store, team);
    let keys = PgApiKeys::new(store.db.clone());
    let next_text = ApiKeyText::compose(key.id, &SystemIds.secret());
    done(block_on(keys.rotate(context(team), next_text.clone(), TimeDelta::hours(1))));
    done(block_on(keys.revoke(context(team), key.id)));
    let user = done(create(&store, team, new_admin(&email())));
    let password = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$bmV3";
    let hashed = PasswordHash::from_stored(password.into());
    let change = UserChange { password: Some(hashed), kept_session: Some(session), ..Default::default() };
    done(block_on(PgUsers::new(store.db.clone()).change(context(team), user.id, change)));

    let secrets = [token.as_str(), next_token.as_str(), text.as_str(), next_text.as_str()];
    let mut hidden: Vec<String> = secrets.map(random_part).into();
    hidden.extend(
        [token.hash(), next_token.hash(), text.hash(), next_text.hash()].into_iter().flat_map(written),
    );
    hidden.extend(["argon2".to_owned(), "c2FsdHNhbHQ".to_owned()]);
    let entries = lines(
        &mut store.superuser(),
        "SELECT lower(to_jsonb(e)::text) AS line FROM audit_entries e WHERE action <> 'team.founded'",
    );
    assert_eq!(entries.len(), 7, "{entries:#?}");
    for secret in &hidden {
        let secret = secret.to_lowercase();
        assert!(
            entries.iter().all(|entry| !entry.replace(' ', "").contains(&secret)),
            "{secret}: {entries:#?}"
        );
    }

    let tables = "SELECT relname::text AS line FROM pg_class
                  WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')";
    for table in lines(&mut store.superuser(), tables) {
        let rows = format!("SELECT to_jsonb(t)::text AS line FROM {table} t");
        for row in lines(&mut store.superuser(), &rows) {
            for secret in secrets.map(random_part) {
                let as_bytes: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
                assert!(!row.contains(&secret) && !row.contains(&as_bytes), "{table}: {row}");
            }
        }
    }
}
