//! People: how they log in, and what they are in their team (`docs/spec/oms.md`, "Users").

mod error;
mod membership;
mod password;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use kernel::access::{Actor, Identity, Role};
use kernel::audit::Audited;
use kernel::id::{TeamId, UserId, VendorId};
use serde_json::json;
use uuid::Uuid;

pub use self::error::UserError;
pub use self::membership::{Membership, MembershipFault};
pub use self::password::{HashingError, Password, PasswordFault, PasswordHash};
pub use kernel::email::{Email, EmailFault};

/// A user of a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    /// How they log in; unique in the installation, in any case.
    pub email: Email,
    pub membership: Membership,
    /// Whether they may log in.
    pub is_active: bool,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What a new user is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    pub email: Email,
    /// Their first password.
    pub password: Password,
    pub membership: Membership,
}

/// What is to become of a user; the default leaves every field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    pub email: Option<Email>,
    pub password: Option<PasswordHash>,
    pub roles: Option<BTreeSet<Role>>,
    pub vendor: Option<VendorId>,
    /// Whether they may log in.
    pub is_active: Option<bool>,
    /// The session that goes on when the others end: the one that asks for a change of its own password.
    pub kept_session: Option<crate::session::SessionId>,
}

impl User {
    /// A new user, who may log in.
    pub fn create(id: UserId, email: Email, membership: Membership, at: DateTime<Utc>) -> Self {
        Self { id, email, membership, is_active: true, version: 1, created_at: at, updated_at: at }
    }

    /// The user after `change`; `None` when nothing differs. Who is no longer a VENDOR has no vendor any more.
    ///
    /// # Errors
    /// When roles and vendor would not go together.
    pub fn change(&self, change: &UserChange, at: DateTime<Utc>) -> Result<Option<Self>, MembershipFault> {
        let roles = change.roles.as_ref().unwrap_or(self.membership.roles()).clone();
        let vendor = change.vendor.or(self.membership.vendor().filter(|_| roles.contains(&Role::Vendor)));
        let changed = Self {
            email: change.email.as_ref().unwrap_or(&self.email).clone(),
            membership: Membership::try_new(roles, vendor)?,
            is_active: change.is_active.unwrap_or(self.is_active),
            ..self.clone()
        };
        let differs = changed != *self || change.password.is_some();
        Ok(differs.then(|| Self { version: self.version + 1, updated_at: at, ..changed }))
    }

    /// Whether the user administers the team.
    pub fn is_active_admin(&self) -> bool {
        self.is_active && self.membership.roles().contains(&Role::Admin)
    }

    /// The caller that this user is.
    pub fn actor(&self, team: TeamId) -> Actor {
        let (roles, vendor) = (self.membership.roles().clone(), self.membership.vendor());
        Actor { team, identity: Identity::User { id: self.id, roles, vendor } }
    }
}

/// Nothing of the password is audited.
impl Audited for User {
    const KIND: &'static str = "user";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        json!({
            "id": self.id.uuid(),
            "email": self.email.as_str(),
            "roles": self.membership.roles().iter().map(|role| role.as_str()).collect::<Vec<_>>(),
            "vendorId": self.membership.vendor().map(|vendor| vendor.uuid()),
            "isActive": self.is_active,
            "version": self.version,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        })
        .to_string()
    }
}

/// Whether a change leaves the team somebody who administers it; `others` counts its other active ADMINs.
pub fn keeps_an_admin(before: &User, after: &User, others: u64) -> bool {
    !before.is_active_admin() || after.is_active_admin() || others > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use kernel::id::Id;

    fn vendor() -> VendorId {
        Id::new(Uuid::from_u128(9))
    }

    fn user(roles: &[Role]) -> User {
        let roles: BTreeSet<_> = roles.iter().copied().collect();
        let vendor = roles.contains(&Role::Vendor).then(vendor);
        let email = Email::try_new("ann@works.example").unwrap();
        let membership = Membership::try_new(roles, vendor).unwrap();
        User::create(Id::new(Uuid::from_u128(1)), email, membership, DateTime::UNIX_EPOCH)
    }

    fn roles(roles: &[Role]) -> UserChange {
        UserChange { roles: Some(roles.iter().copied().collect()), ..Default::default() }
    }

    #[test]
    fn a_change_counts_the_version_up_and_one_to_the_same_is_none() {
        let later = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
        let changed = user(&[Role::Ops]).change(&roles(&[Role::Accounts]), later).unwrap().unwrap();
        assert_eq!((changed.version, changed.updated_at), (2, later));
        assert_eq!(user(&[Role::Ops]).change(&roles(&[Role::Ops]), later), Ok(None));
        let password = PasswordHash::from_stored("$argon2id$".into());
        let change = UserChange { password: Some(password), ..Default::default() };
        assert!(user(&[Role::Ops]).change(&change, later).is_ok_and(|changed| changed.is_some()));
    }

    #[test]
    fn who_is_no_longer_a_vendor_has_no_vendor() {
        let changed =
            user(&[Role::Vendor]).change(&roles(&[Role::Ops]), DateTime::UNIX_EPOCH).unwrap().unwrap();
        assert_eq!(changed.membership.vendor(), None);
        let change = UserChange { vendor: Some(vendor()), ..roles(&[Role::Ops]) };
        assert_eq!(
            user(&[Role::Vendor]).change(&change, DateTime::UNIX_EPOCH),
            Err(MembershipFault::NeedlessVendor)
        );
        assert_eq!(
            user(&[Role::Ops]).change(&roles(&[Role::Vendor]), DateTime::UNIX_EPOCH),
            Err(MembershipFault::MissingVendor)
        );
    }

    #[test]
    fn a_team_keeps_an_admin_who_may_log_in() {
        let (admin, ops) = (user(&[Role::Admin]), user(&[Role::Ops]));
        let idle = User { is_active: false, ..admin.clone() };
        for (before, after, others, kept) in [
            (&admin, &ops, 0, false),
            (&admin, &idle, 0, false),
            (&admin, &ops, 1, true),
            (&admin, &admin, 0, true),
            (&ops, &ops, 0, true),
            (&idle, &ops, 0, true),
        ] {
            assert_eq!(keeps_an_admin(before, after, others), kept);
        }
    }
}
