//! Who calls, and what a caller may do. Every route declares a [`Requirement`]; an [`Actor`] meets it or not.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::id::{ApiKeyId, TeamId, UserId};

/// What a user is in a team (seed 003's roles, and `OPERATOR` for the shop floor).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Administers the team.
    Admin,
    /// Belongs to a vendor and sees only that vendor's business.
    Vendor,
    /// Keeps the books.
    Accounts,
    /// Runs operations: orders, goods receipts.
    Ops,
    /// Works on the shop floor.
    Operator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Admin, Self::Vendor, Self::Accounts, Self::Ops, Self::Operator];

    /// The role's documented word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "ADMIN",
            Self::Vendor => "VENDOR",
            Self::Accounts => "ACCOUNTS",
            Self::Ops => "OPS",
            Self::Operator => "OPERATOR",
        }
    }
}

/// A word that is none of those a list allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is unknown; it is one of {allowed}")]
pub struct UnknownWord {
    found: String,
    allowed: String,
}

impl UnknownWord {
    /// What was found, and what would have been allowed.
    pub fn new(found: &str, allowed: impl IntoIterator<Item = &'static str>) -> Self {
        let allowed = allowed.into_iter().collect::<Vec<_>>().join(", ");
        Self { found: found.chars().take(64).collect(), allowed }
    }
}

impl FromStr for Role {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

/// What a scope lets its holder do to its resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// See it.
    Read,
    /// See and change it.
    Write,
    /// Something that no preset but `admin` includes, and a key must name.
    Special,
}

/// One permission of an API key, `resource:action`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Import manufacturing orders and read the imports made (seed 000).
    OrdersImport,
    /// Read departments.
    DepartmentsRead,
    /// Create and change departments.
    DepartmentsWrite,
    /// Read work centres.
    WorkCentresRead,
    /// Create and change work centres.
    WorkCentresWrite,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] = [
        Self::OrdersImport,
        Self::DepartmentsRead,
        Self::DepartmentsWrite,
        Self::WorkCentresRead,
        Self::WorkCentresWrite,
    ];

    /// The scope's word, `resource:action`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrdersImport => "orders:import",
            Self::DepartmentsRead => "departments:read",
            Self::DepartmentsWrite => "departments:write",
            Self::WorkCentresRead => "work-centres:read",
            Self::WorkCentresWrite => "work-centres:write",
        }
    }

    /// What it lets its holder do.
    pub const fn action(self) -> Action {
        match self {
            Self::OrdersImport => Action::Special,
            Self::DepartmentsRead | Self::WorkCentresRead => Action::Read,
            Self::DepartmentsWrite | Self::WorkCentresWrite => Action::Write,
        }
    }
}

impl FromStr for Scope {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|scope| scope.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

/// The preset an API key is made with (seed 004, *API Key Management*).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPermission {
    /// Every reading scope.
    ReadOnly,
    /// Every reading and writing scope.
    ReadWrite,
    /// Every scope there is.
    Admin,
}

impl KeyPermission {
    /// Every preset.
    pub const ALL: [Self; 3] = [Self::ReadOnly, Self::ReadWrite, Self::Admin];

    /// The preset's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::ReadWrite => "read-write",
            Self::Admin => "admin",
        }
    }

    const fn includes(self, action: Action) -> bool {
        match self {
            Self::ReadOnly => matches!(action, Action::Read),
            Self::ReadWrite => matches!(action, Action::Read | Action::Write),
            Self::Admin => true,
        }
    }
}

impl FromStr for KeyPermission {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|preset| preset.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

/// Who calls, within the team they belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The team whose data the caller sees.
    pub team: TeamId,
    /// Who it is.
    pub identity: Identity,
}

/// The kinds of caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A person with roles.
    User {
        /// Who.
        id: UserId,
        /// What they are in the team.
        roles: BTreeSet<Role>,
    },
    /// A program with an API key.
    ApiKey {
        /// Which key.
        id: ApiKeyId,
        /// Its preset.
        permission: KeyPermission,
        /// Scopes it holds beyond the preset.
        scopes: BTreeSet<Scope>,
    },
    /// Throughline itself, such as its command line.
    System {
        /// Which part of it.
        part: &'static str,
    },
}

/// What a route demands of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// No credentials at all: health, documents.
    Public,
    /// A key with the scope, or a user with one of the roles.
    Grant {
        /// The scope a key needs.
        scope: Scope,
        /// The roles of which a user needs one.
        roles: &'static [Role],
    },
}

impl Actor {
    /// The caller as records name it.
    pub fn reference(&self) -> ActorRef {
        match &self.identity {
            Identity::User { id, .. } => ActorRef::User(*id),
            Identity::ApiKey { id, .. } => ActorRef::ApiKey(*id),
            Identity::System { part } => ActorRef::System(part),
        }
    }

    /// Whether this caller may use a route that demands `requirement`.
    pub fn meets(&self, requirement: Requirement) -> bool {
        let Requirement::Grant { scope, roles } = requirement else { return true };
        match &self.identity {
            Identity::User { roles: held, .. } => roles.iter().any(|role| held.contains(role)),
            Identity::ApiKey { permission, scopes, .. } => {
                permission.includes(scope.action()) || scopes.contains(&scope)
            }
            Identity::System { .. } => true,
        }
    }
}

/// A caller as audit entries and idempotency claims name it: `user:…`, `api_key:…` or `system:…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorRef {
    /// A person.
    User(UserId),
    /// A program with an API key.
    ApiKey(ApiKeyId),
    /// Throughline itself.
    System(&'static str),
}

impl fmt::Display for ActorRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::ApiKey(id) => write!(f, "api_key:{id}"),
            Self::System(part) => write!(f, "system:{part}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;
    use uuid::Uuid;

    fn key(permission: KeyPermission, scopes: &[Scope]) -> Actor {
        let identity = Identity::ApiKey {
            id: Id::new(Uuid::nil()),
            permission,
            scopes: scopes.iter().copied().collect(),
        };
        Actor { team: Id::new(Uuid::nil()), identity }
    }

    fn user(roles: &[Role]) -> Actor {
        let identity = Identity::User { id: Id::new(Uuid::nil()), roles: roles.iter().copied().collect() };
        Actor { team: Id::new(Uuid::nil()), identity }
    }

    #[test]
    fn presets_include_reading_and_writing_but_only_admin_includes_special_scopes() {
        let demand = |scope| Requirement::Grant { scope, roles: &[] };
        for (permission, read, write, import) in [
            (KeyPermission::ReadOnly, true, false, false),
            (KeyPermission::ReadWrite, true, true, false),
            (KeyPermission::Admin, true, true, true),
        ] {
            let key = key(permission, &[]);
            assert_eq!(key.meets(demand(Scope::DepartmentsRead)), read);
            assert_eq!(key.meets(demand(Scope::WorkCentresWrite)), write);
            assert_eq!(key.meets(demand(Scope::OrdersImport)), import);
        }
    }

    #[test]
    fn a_named_scope_is_held_beside_the_preset() {
        let key = key(KeyPermission::ReadOnly, &[Scope::OrdersImport]);
        assert!(key.meets(Requirement::Grant { scope: Scope::OrdersImport, roles: &[] }));
        assert!(!key.meets(Requirement::Grant { scope: Scope::DepartmentsWrite, roles: &[] }));
    }

    #[test]
    fn a_user_needs_one_of_the_roles() {
        let demand = Requirement::Grant { scope: Scope::OrdersImport, roles: &[Role::Admin, Role::Ops] };
        assert!(user(&[Role::Ops]).meets(demand));
        assert!(!user(&[Role::Accounts, Role::Vendor]).meets(demand));
        assert!(!user(&[]).meets(demand));
    }

    #[test]
    fn words_are_read_back_and_unknown_ones_name_what_is_allowed() {
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
        }
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        let fault = "root".parse::<KeyPermission>().unwrap_err();
        assert_eq!(fault.to_string(), "`root` is unknown; it is one of read-only, read-write, admin");
    }
}
