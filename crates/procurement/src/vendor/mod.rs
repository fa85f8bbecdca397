//! The vendor: from whom a team buys in.

mod error;
mod values;

use chrono::{DateTime, Utc};
use kernel::access::Visibility;
use kernel::audit::Audited;
use kernel::change::Change;
use kernel::email::Email;
use kernel::id::Uuid;
use kernel::id::VendorId;
use serde_json::json;

pub use self::error::VendorError;
pub use self::values::{Address, CodeFault, PaymentTerm, TermFault, VendorCode, VendorName, VendorSearch};

/// A vendor (`docs/spec/oms.md`, "Vendors"). No two of a team have the same code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vendor {
    pub id: VendorId,
    /// The team's own code for it. It never changes: the numbers of its invoices are made of it.
    pub code: VendorCode,
    pub name: VendorName,
    pub email: Option<Email>,
    pub address: Option<Address>,
    /// When its invoices are due.
    pub payment_term: PaymentTerm,
    pub is_active: bool,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What a new vendor is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVendor {
    pub code: VendorCode,
    pub name: VendorName,
    pub email: Option<Email>,
    pub address: Option<Address>,
    /// When its invoices are due.
    pub payment_term: PaymentTerm,
}

/// What is to become of a vendor; the default leaves every field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VendorChange {
    pub name: Option<VendorName>,
    pub email: Change<Email>,
    pub address: Change<Address>,
    /// When its invoices are due from now on; those that exist keep their dates.
    pub payment_term: Option<PaymentTerm>,
    pub is_active: Option<bool>,
}

impl Vendor {
    /// A new vendor, in use.
    pub fn create(id: VendorId, new: NewVendor, at: DateTime<Utc>) -> Self {
        let NewVendor { code, name, email, address, payment_term } = new;
        Self {
            id,
            code,
            name,
            email,
            address,
            payment_term,
            is_active: true,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    /// The vendor after `change`; `None` when nothing differs.
    #[must_use]
    pub fn change(&self, change: &VendorChange, at: DateTime<Utc>) -> Option<Self> {
        let changed = Self {
            name: change.name.as_ref().unwrap_or(&self.name).clone(),
            email: change.email.apply(self.email.clone()),
            address: change.address.apply(self.address.clone()),
            payment_term: change.payment_term.unwrap_or(self.payment_term),
            is_active: change.is_active.unwrap_or(self.is_active),
            ..self.clone()
        };
        (changed != *self).then(|| Self { version: self.version + 1, updated_at: at, ..changed })
    }

    /// Whether a caller of the team with that visibility sees it.
    pub fn is_visible_to(&self, visibility: Visibility) -> bool {
        visibility.covers(self.id)
    }
}

impl Audited for Vendor {
    const KIND: &'static str = "vendor";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        json!({
            "id": self.id.uuid(),
            "code": self.code.as_str(),
            "name": self.name.as_str(),
            "email": self.email.as_ref().map(Email::as_str),
            "address": self.address.as_ref().map(Address::as_str),
            "paymentTermDays": self.payment_term.days(),
            "isActive": self.is_active,
            "version": self.version,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use kernel::clock::{CountedIds, IdSource};

    fn green_farms() -> Vendor {
        let ids: &dyn IdSource = &CountedIds::default();
        let new = NewVendor {
            code: VendorCode::try_new("VEN001").unwrap(),
            name: VendorName::try_new("Green Farms").unwrap(),
            email: Some(Email::try_new("sales@greenfarms.example").unwrap()),
            address: Some(Address::try_new("1 Farm Lane\nPune").unwrap()),
            payment_term: PaymentTerm::try_new(45).unwrap(),
        };
        Vendor::create(ids.id(), new, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_change_counts_the_version_up_and_keeps_the_rest() {
        let later = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
        let name = VendorName::try_new("Green Farms Ltd").unwrap();
        let email = Email::try_new("billing@greenfarms.example").unwrap();
        let address = Address::try_new("2 Farm Lane").unwrap();
        let payment_term = PaymentTerm::try_new(0).unwrap();
        let after = |vendor: Vendor| Vendor { version: 2, updated_at: later, ..vendor };
        let unchanged = VendorChange::default;
        for (change, expected) in [
            (VendorChange { name: Some(name.clone()), ..unchanged() }, Vendor { name, ..green_farms() }),
            (
                VendorChange { email: Change::Set(email.clone()), ..unchanged() },
                Vendor { email: Some(email), ..green_farms() },
            ),
            (VendorChange { email: Change::Clear, ..unchanged() }, Vendor { email: None, ..green_farms() }),
            (
                VendorChange { address: Change::Set(address.clone()), ..unchanged() },
                Vendor { address: Some(address), ..green_farms() },
            ),
            (
                VendorChange { address: Change::Clear, ..unchanged() },
                Vendor { address: None, ..green_farms() },
            ),
            (
                VendorChange { payment_term: Some(payment_term), ..unchanged() },
                Vendor { payment_term, ..green_farms() },
            ),
            (
                VendorChange { is_active: Some(false), ..unchanged() },
                Vendor { is_active: false, ..green_farms() },
            ),
        ] {
            assert_eq!(green_farms().change(&change, later), Some(after(expected)), "{change:?}");
        }
    }

    #[test]
    fn a_change_to_what_it_already_is_is_none() {
        let vendor = green_farms();
        let same = VendorChange {
            name: Some(vendor.name.clone()),
            email: vendor.email.clone().map_or(Change::Clear, Change::Set),
            address: vendor.address.clone().map_or(Change::Clear, Change::Set),
            payment_term: Some(vendor.payment_term),
            is_active: Some(true),
        };
        assert_eq!(vendor.change(&same, DateTime::UNIX_EPOCH), None);
        assert_eq!(vendor.change(&VendorChange::default(), DateTime::UNIX_EPOCH), None);
        let bare = Vendor { email: None, address: None, ..vendor };
        let clearing = VendorChange { email: Change::Clear, address: Change::Clear, ..Default::default() };
        assert_eq!(bare.change(&clearing, DateTime::UNIX_EPOCH), None);
    }

    #[test]
    fn a_vendor_is_seen_by_who_sees_all_and_by_its_own() {
        let other = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11".parse().unwrap();
        for (visibility, seen) in [
            (Visibility::All, true),
            (Visibility::Own(green_farms().id), true),
            (Visibility::Own(other), false),
            (Visibility::Nothing, false),
        ] {
            assert_eq!(green_farms().is_visible_to(visibility), seen, "{visibility:?}");
        }
    }

    #[test]
    fn the_snapshot_holds_every_field() {
        let snapshot =
            |vendor: Vendor| serde_json::from_str::<serde_json::Value>(&vendor.snapshot()).unwrap();
        let mut expected = json!({
            "id": "00000000-0000-0000-0000-000000000001",
            "code": "VEN001",
            "name": "Green Farms",
            "email": "sales@greenfarms.example",
            "address": "1 Farm Lane\nPune",
            "paymentTermDays": 45,
            "isActive": true,
            "version": 1,
            "createdAt": "1970-01-01T00:00:00Z",
            "updatedAt": "1970-01-01T00:00:00Z",
        });
        assert_eq!(snapshot(green_farms()), expected);
        expected["email"] = json!(null);
        expected["address"] = json!(null);
        assert_eq!(snapshot(Vendor { email: None, address: None, ..green_farms() }), expected);
    }
}
