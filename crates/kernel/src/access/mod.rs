//! Callers and their rights. Every route declares a [`Requirement`]; an [`Actor`] meets it or not.

mod role;
mod scope;

use std::collections::BTreeSet;
use std::fmt;

pub use self::role::{AccessLevel, AccessMode, PermissionArea, Role};
pub use self::scope::{Action, KeyPermission, Scope};
use crate::id::{ApiKeyId, TeamId, UserId, VendorId};

/// A word that is not in the list of allowed ones.
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

/// A caller, within their team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub team: TeamId,
    pub identity: Identity,
}

/// A kind of caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A person with roles.
    User {
        id: UserId,
        roles: BTreeSet<Role>,
        /// The vendor that a user with the role `VENDOR` belongs to.
        vendor: Option<VendorId>,
    },
    /// A program with an API key.
    ApiKey {
        id: ApiKeyId,
        permission: KeyPermission,
        /// Scopes beyond those of its permission.
        scopes: BTreeSet<Scope>,
    },
    /// Throughline itself, such as its command line.
    System { part: &'static str },
}

/// What a route demands of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// No credentials: health, documents.
    Public,
    /// A key with the scope, or a user with one of the roles.
    Grant { scope: Scope, roles: &'static [Role] },
    /// A user with one of the roles, and no key.
    People { roles: &'static [Role] },
    /// A user whose role has this access to the area, and no key (`docs/spec/oms.md`, "Roles").
    Area { area: PermissionArea, mode: AccessMode },
}

/// How much of an area a caller sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Everything of the team.
    All,
    /// What belongs to this vendor.
    Own(VendorId),
    Nothing,
}

impl Visibility {
    /// Whether it covers what belongs to this vendor.
    pub fn covers(self, vendor: VendorId) -> bool {
        match self {
            Self::All => true,
            Self::Own(own) => own == vendor,
            Self::Nothing => false,
        }
    }
}

impl Actor {
    /// The caller in audit entries and claims.
    pub fn reference(&self) -> ActorRef {
        match &self.identity {
            Identity::User { id, .. } => ActorRef::User(*id),
            Identity::ApiKey { id, .. } => ActorRef::ApiKey(*id),
            Identity::System { part } => ActorRef::System(part),
        }
    }

    /// Whether this caller may use a route that demands `requirement`.
    pub fn meets(&self, requirement: Requirement) -> bool {
        match (&self.identity, requirement) {
            (_, Requirement::Public) | (Identity::System { .. }, _) => true,
            (
                Identity::User { roles: held, .. },
                Requirement::Grant { roles, .. } | Requirement::People { roles },
            ) => roles.iter().any(|role| held.contains(role)),
            (Identity::User { .. }, Requirement::Area { area, mode }) => self.access_level(area).allows(mode),
            (Identity::ApiKey { permission, scopes, .. }, Requirement::Grant { scope, .. }) => {
                permission.includes(scope.action()) || scopes.contains(&scope)
            }
            (Identity::ApiKey { .. }, Requirement::People { .. } | Requirement::Area { .. }) => false,
        }
    }

    /// The highest access that the caller's roles have to an area; an API key has none.
    pub fn access_level(&self, area: PermissionArea) -> AccessLevel {
        match &self.identity {
            Identity::User { roles, .. } => {
                roles.iter().map(|role| role.access_level(area)).max().unwrap_or(AccessLevel::Nothing)
            }
            Identity::ApiKey { .. } => AccessLevel::Nothing,
            Identity::System { .. } => AccessLevel::ChangeAll,
        }
    }

    /// How much of an area the caller sees.
    pub fn visibility(&self, area: PermissionArea) -> Visibility {
        match (self.access_level(area), &self.identity) {
            (AccessLevel::ReadAll | AccessLevel::ChangeAll, _) => Visibility::All,
            (AccessLevel::ReadOwn | AccessLevel::ChangeOwn, Identity::User { vendor: Some(vendor), .. }) => {
                Visibility::Own(*vendor)
            }
            _ => Visibility::Nothing,
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
        let vendor = roles.contains(&Role::Vendor).then(|| Id::new(Uuid::from_u128(9)));
        let roles = roles.iter().copied().collect();
        let identity = Identity::User { id: Id::new(Uuid::nil()), roles, vendor };
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
    fn an_area_is_open_to_whom_the_role_table_says_and_to_no_key() {
        let demand = |mode| Requirement::Area { area: PermissionArea::OrderManagement, mode };
        for (roles, read, change) in [
            (&[Role::Admin][..], true, true),
            (&[Role::Vendor], true, false),
            (&[Role::Operator], false, false),
            (&[Role::Operator, Role::Ops], true, false),
        ] {
            let user = user(roles);
            assert_eq!(
                (user.meets(demand(AccessMode::Read)), user.meets(demand(AccessMode::Change))),
                (read, change)
            );
        }
        let key = key(KeyPermission::Admin, &Scope::ALL);
        assert!(
            !key.meets(demand(AccessMode::Read)) && !key.meets(Requirement::People { roles: &Role::ALL })
        );
    }

    #[test]
    fn a_vendor_sees_its_own_unless_another_role_sees_all() {
        let vendor = Id::new(Uuid::from_u128(9));
        assert_eq!(user(&[Role::Vendor]).visibility(PermissionArea::InvoiceUpload), Visibility::Own(vendor));
        assert_eq!(user(&[Role::Vendor]).visibility(PermissionArea::GrnVerification), Visibility::Nothing);
        assert_eq!(
            user(&[Role::Vendor, Role::Ops]).visibility(PermissionArea::InvoiceUpload),
            Visibility::All
        );
        let Identity::User { id, roles, .. } = user(&[Role::Vendor]).identity else { panic!("a user") };
        let stray = Identity::User { id, roles, vendor: None };
        assert_eq!(
            Actor { team: Id::new(Uuid::nil()), identity: stray }.visibility(PermissionArea::InvoiceUpload),
            Visibility::Nothing
        );
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
