use std::collections::BTreeSet;
use std::fmt;

use kernel::access::Role;
use kernel::error::Fault;
use kernel::id::VendorId;

use super::{Email, Membership, PasswordHash, UserChange};
use crate::fields::{invalid, missing};

/// A request for a new user, as it came in.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct UserDraft {
    /// How they log in; required.
    pub email: Option<String>,
    /// Their first password, 8 to 256 characters; required.
    pub password: Option<String>,
    /// What they are in the team; required.
    pub roles: Option<Vec<String>>,
    /// The vendor they belong to; required with the role `VENDOR`.
    pub vendor_id: Option<String>,
}

/// A request to change a user, as it came in; at least one field is required.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct UserPatch {
    /// A new e-mail.
    pub email: Option<String>,
    /// A new password.
    pub password: Option<String>,
    /// New roles.
    pub roles: Option<Vec<String>>,
    /// Another vendor.
    pub vendor_id: Option<String>,
    /// Whether they may log in.
    pub is_active: Option<bool>,
}

/// What a valid draft asks for; the password is still to be hashed.
#[derive(Clone, PartialEq, Eq)]
pub struct UserRequest {
    /// How they log in.
    pub email: Email,
    /// Their first password.
    pub password: String,
    /// What they are in the team.
    pub membership: Membership,
}

/// A user about to exist, with their password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// The user.
    pub user: super::User,
    /// Their password, hashed.
    pub password: PasswordHash,
}

impl UserDraft {
    /// The user that is asked for.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn validate(&self) -> Result<UserRequest, Vec<Fault>> {
        let email = email(self.email.as_deref()).and_then(|email| email.ok_or_else(|| missing("email")));
        let password = password(self.password.as_deref());
        let password = password.and_then(|password| password.ok_or_else(|| missing("password")));
        let roles = roles(self.roles.as_deref()).and_then(|roles| roles.ok_or_else(|| missing("roles")));
        let vendor = vendor(self.vendor_id.as_deref());
        match (email, password, roles, vendor) {
            (Ok(email), Ok(password), Ok(roles), Ok(vendor)) => {
                let membership = Membership::try_new(roles, vendor).map_err(|fault| vec![fault])?;
                Ok(UserRequest { email, password: password.to_owned(), membership })
            }
            (email, password, roles, vendor) => {
                Err([email.err(), password.err(), roles.err(), vendor.err()].into_iter().flatten().collect())
            }
        }
    }
}

impl UserPatch {
    /// The change that is asked for, without the password, which is still to be hashed.
    ///
    /// # Errors
    /// Every fault at once; a patch without any field is the fault of `body`.
    pub fn validate(&self) -> Result<UserChange, Vec<Fault>> {
        if *self == Self::default() {
            let message = "must have email, password, roles, vendorId or isActive";
            return Err(vec![Fault::new("body", "MISSING_FIELD", message)]);
        }
        let email = email(self.email.as_deref());
        let password = password(self.password.as_deref());
        let roles = roles(self.roles.as_deref());
        let vendor = vendor(self.vendor_id.as_deref());
        match (email, password, roles, vendor) {
            (Ok(email), Ok(_), Ok(roles), Ok(vendor)) => Ok(UserChange {
                email,
                roles,
                vendor: vendor.map(Some),
                is_active: self.is_active,
                ..Default::default()
            }),
            (email, password, roles, vendor) => {
                Err([email.err(), password.err(), roles.err(), vendor.err()].into_iter().flatten().collect())
            }
        }
    }
}

fn email(text: Option<&str>) -> Result<Option<Email>, Fault> {
    text.map(Email::try_new).transpose().map_err(|fault| invalid("email", &fault))
}

fn password(text: Option<&str>) -> Result<Option<&str>, Fault> {
    text.map(|text| PasswordHash::check(text).map(|()| text))
        .transpose()
        .map_err(|fault| invalid("password", &fault))
}

fn roles(words: Option<&[String]>) -> Result<Option<BTreeSet<Role>>, Fault> {
    let read = |words: &[String]| words.iter().map(|word| word.parse()).collect::<Result<_, _>>();
    words.map(read).transpose().map_err(|fault: kernel::access::UnknownWord| invalid("roles", &fault))
}

/// One fault for a malformed id and for one that does not exist: neither names a vendor.
pub(crate) fn unknown_vendor() -> Fault {
    Fault::new("vendorId", "UNKNOWN_VENDOR", "names no vendor of the team; send the id of one that exists")
}

fn vendor(text: Option<&str>) -> Result<Option<VendorId>, Fault> {
    text.map(str::parse).transpose().map_err(|_| unknown_vendor())
}

impl fmt::Debug for UserDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserDraft({:?})", self.email)
    }
}

impl fmt::Debug for UserPatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserPatch({:?})", self.email)
    }
}

impl fmt::Debug for UserRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserRequest({:?})", self.email)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;

    #[test]
    fn a_draft_needs_email_password_and_roles() {
        let faults = UserDraft::default().validate().unwrap_err();
        let expected = ["email", "password", "roles"].map(|field| (field, "MISSING_FIELD"));
        assert_eq!(codes(&faults), expected);
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let draft = UserDraft {
            email: Some("ann".into()),
            password: Some("short".into()),
            roles: Some(vec!["ADMIN".into(), "ROOT".into()]),
            vendor_id: Some("7".into()),
        };
        let faults = draft.validate().unwrap_err();
        let expected = [
            ("email", "INVALID_VALUE"),
            ("password", "INVALID_VALUE"),
            ("roles", "INVALID_VALUE"),
            ("vendorId", "UNKNOWN_VENDOR"),
        ];
        assert_eq!(codes(&faults), expected);
        assert!(!format!("{draft:?}").contains("short"));
    }

    #[test]
    fn a_patch_needs_a_field_and_leaves_the_others_alone() {
        assert_eq!(codes(&UserPatch::default().validate().unwrap_err()), [("body", "MISSING_FIELD")]);
        let change = UserPatch { is_active: Some(false), ..Default::default() }.validate().unwrap();
        assert_eq!(change, UserChange { is_active: Some(false), ..Default::default() });
    }
}
