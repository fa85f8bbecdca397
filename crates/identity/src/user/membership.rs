use std::collections::BTreeSet;

use kernel::access::Role;
use kernel::id::VendorId;

/// Roles, and the vendor that goes with `VENDOR`: at least one role, and a vendor exactly if `VENDOR` is among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    roles: BTreeSet<Role>,
    vendor: Option<VendorId>,
}

/// Why roles and a vendor do not go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MembershipFault {
    #[error("must name at least one role")]
    NoRole,
    #[error("is required for a user with the role VENDOR")]
    MissingVendor,
    #[error("is only for users with the role VENDOR")]
    NeedlessVendor,
}

impl Membership {
    /// Takes roles and a vendor that go together.
    ///
    /// # Errors
    /// When there is no role, or a vendor without the role `VENDOR`, or that role without a vendor.
    pub fn try_new(roles: BTreeSet<Role>, vendor: Option<VendorId>) -> Result<Self, MembershipFault> {
        match (roles.contains(&Role::Vendor), vendor) {
            _ if roles.is_empty() => Err(MembershipFault::NoRole),
            (true, None) => Err(MembershipFault::MissingVendor),
            (false, Some(_)) => Err(MembershipFault::NeedlessVendor),
            _ => Ok(Self { roles, vendor }),
        }
    }

    /// The membership of an ADMIN.
    pub fn admin() -> Self {
        Self { roles: [Role::Admin].into(), vendor: None }
    }

    pub fn roles(&self) -> &BTreeSet<Role> {
        &self.roles
    }

    pub fn vendor(&self) -> Option<VendorId> {
        self.vendor
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::id::Id;
    use uuid::Uuid;

    #[test]
    fn a_vendor_goes_with_the_role_vendor_and_with_no_other() {
        let vendor = Some(Id::new(Uuid::from_u128(9)));
        for (roles, vendor, fault) in [
            (&[][..], None, Some(MembershipFault::NoRole)),
            (&[Role::Vendor], None, Some(MembershipFault::MissingVendor)),
            (&[Role::Ops], vendor, Some(MembershipFault::NeedlessVendor)),
            (&[Role::Vendor, Role::Ops], vendor, None),
            (&[Role::Ops], None, None),
        ] {
            let membership = Membership::try_new(roles.iter().copied().collect(), vendor);
            assert_eq!(membership.err(), fault, "{roles:?}");
        }
    }
}
