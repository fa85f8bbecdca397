use kernel::change::Change;
use kernel::email::Email;
use kernel::error::Fault;

use super::{Address, NewVendor, PaymentTerm, VendorChange, VendorCode, VendorName};
use crate::fields::{Field, nothing_to_change};

const CODE: Field = Field { name: "code", label: "Code" };
const NAME: Field = Field { name: "name", label: "Name" };
const EMAIL: Field = Field { name: "email", label: "Email" };
const ADDRESS: Field = Field { name: "address", label: "Address" };
const TERM: Field = Field { name: "paymentTermDays", label: "Payment term days" };

/// A request for a new vendor, as it came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VendorDraft {
    /// Its code, in any case; required.
    pub code: Option<String>,
    /// Its name; required.
    pub name: Option<String>,
    /// Its e-mail address.
    pub email: Option<String>,
    /// Its postal address.
    pub address: Option<String>,
    /// How many days after its date an invoice is due; 30 if not given.
    pub payment_term_days: Option<i64>,
}

/// A request to change a vendor, as it came in; at least one field is required.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VendorPatch {
    /// Its new name.
    pub name: Option<String>,
    /// Its new e-mail address, or that it has none.
    pub email: Change<String>,
    /// Its new postal address, or that it has none.
    pub address: Change<String>,
    /// How many days after its date an invoice is due from now on.
    pub payment_term_days: Option<i64>,
    /// Whether it is in use.
    pub is_active: Option<bool>,
}

impl VendorDraft {
    /// What the new vendor is to be.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn validate(&self) -> Result<NewVendor, Vec<Fault>> {
        let mut faults = Vec::new();
        let code = CODE.required(&mut faults, "INVALID_VALUE", self.code.as_deref(), VendorCode::try_new);
        let name = NAME.required(&mut faults, "INVALID_VALUE", self.name.as_deref(), VendorName::try_new);
        let email = EMAIL.optional(&mut faults, "INVALID_VALUE", self.email.as_deref(), Email::try_new);
        let address =
            ADDRESS.optional(&mut faults, "INVALID_VALUE", self.address.as_deref(), Address::try_new);
        let term = TERM.optional(&mut faults, "OUT_OF_RANGE", self.payment_term_days, PaymentTerm::try_new);
        match (code, name) {
            (Some(code), Some(name)) if faults.is_empty() => {
                Ok(NewVendor { code, name, email, address, payment_term: term.unwrap_or_default() })
            }
            _ => Err(faults),
        }
    }
}

impl VendorPatch {
    /// The change that is asked for.
    ///
    /// # Errors
    /// Every fault at once; a patch without any field is the fault of `body`.
    pub fn validate(&self) -> Result<VendorChange, Vec<Fault>> {
        if *self == Self::default() {
            let mend = "Send at least one of name, email, address, paymentTermDays, isActive";
            return Err(nothing_to_change(mend));
        }
        let mut faults = Vec::new();
        let name = NAME.optional(&mut faults, "INVALID_VALUE", self.name.as_deref(), VendorName::try_new);
        let email = self.email.try_map(|text| Email::try_new(text));
        let email = EMAIL.noted(&mut faults, "INVALID_VALUE", email).unwrap_or_default();
        let address = self.address.try_map(|text| Address::try_new(text));
        let address = ADDRESS.noted(&mut faults, "INVALID_VALUE", address).unwrap_or_default();
        let payment_term =
            TERM.optional(&mut faults, "OUT_OF_RANGE", self.payment_term_days, PaymentTerm::try_new);
        let change = VendorChange { name, email, address, payment_term, is_active: self.is_active };
        if faults.is_empty() { Ok(change) } else { Err(faults) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;

    fn draft() -> VendorDraft {
        VendorDraft { code: Some("ven001".into()), name: Some("Green Farms".into()), ..Default::default() }
    }

    #[test]
    fn a_draft_needs_a_code_and_a_name_alone() {
        let faults = VendorDraft::default().validate().unwrap_err();
        assert_eq!(codes(&faults), [("code", "MISSING_FIELD"), ("name", "MISSING_FIELD")]);
        assert_eq!([&*faults[0].message, &*faults[1].message], ["Code is required", "Name is required"]);
        let expected = NewVendor {
            code: VendorCode::try_new("VEN001").unwrap(),
            name: VendorName::try_new("Green Farms").unwrap(),
            email: None,
            address: None,
            payment_term: PaymentTerm::try_new(30).unwrap(),
        };
        assert_eq!(draft().validate(), Ok(expected));
    }

    #[test]
    fn a_draft_names_every_fault_at_once() {
        let draft = VendorDraft {
            code: Some("VEN 1".into()),
            name: Some("".into()),
            email: Some("sales".into()),
            address: Some("".into()),
            payment_term_days: Some(366),
        };
        let faults = draft.validate().unwrap_err();
        let expected = [
            ("code", "INVALID_VALUE"),
            ("name", "INVALID_VALUE"),
            ("email", "INVALID_VALUE"),
            ("address", "INVALID_VALUE"),
            ("paymentTermDays", "OUT_OF_RANGE"),
        ];
        assert_eq!(codes(&faults), expected);
        let messages: Vec<_> = faults.iter().map(|fault| &*fault.message).collect();
        let expected = [
            "Code must have 1 to 20 of the letters A to Z, digits and hyphens",
            "Name must not be empty",
            "Email must be of the form name@example.com",
            "Address must not be empty",
            "Payment term days must be between 0 and 365",
        ];
        assert_eq!(messages, expected);
    }

    #[test]
    fn one_faulty_field_spoils_a_draft() {
        for (spoilt, field) in [
            (VendorDraft { code: Some("ä".into()), ..draft() }, "code"),
            (VendorDraft { name: Some("\0".into()), ..draft() }, "name"),
            (VendorDraft { email: Some("".into()), ..draft() }, "email"),
            (VendorDraft { address: Some("\u{7}".into()), ..draft() }, "address"),
            (VendorDraft { payment_term_days: Some(-1), ..draft() }, "paymentTermDays"),
        ] {
            let faults = spoilt.validate().unwrap_err();
            assert_eq!(faults.iter().map(|fault| &*fault.field).collect::<Vec<_>>(), [field]);
        }
    }

    #[test]
    fn a_patch_needs_a_field_and_leaves_the_others_alone() {
        let faults = VendorPatch::default().validate().unwrap_err();
        assert_eq!(codes(&faults), [("body", "MISSING_FIELD")]);
        let closing = VendorPatch { is_active: Some(false), ..Default::default() };
        let expected = VendorChange { is_active: Some(false), ..Default::default() };
        assert_eq!(closing.validate(), Ok(expected));
        let clearing = VendorPatch { email: Change::Clear, address: Change::Clear, ..Default::default() };
        let expected = VendorChange { email: Change::Clear, address: Change::Clear, ..Default::default() };
        assert_eq!(clearing.validate(), Ok(expected));
    }

    #[test]
    fn a_patch_names_every_fault_at_once() {
        let patch = VendorPatch {
            name: Some(" ".into()),
            email: Change::Set("sales@".into()),
            address: Change::Set("x".repeat(501)),
            payment_term_days: Some(-1),
            is_active: Some(true),
        };
        let expected = [
            ("name", "INVALID_VALUE"),
            ("email", "INVALID_VALUE"),
            ("address", "INVALID_VALUE"),
            ("paymentTermDays", "OUT_OF_RANGE"),
        ];
        assert_eq!(codes(&patch.validate().unwrap_err()), expected);
    }
}
