//! Totals of the accounting system that differ from the expected ones.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use invoicing::accounting::{CreatedInvoice, InvoiceEvent, IssuedInvoice};
use kernel::money::Money;
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::span;
use tracing::subscriber::{Subscriber, with_default};

use crate::support::{Store, at, lines};

/// Collects warnings.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

struct FieldText(String);

impl Visit for FieldText {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{}={value:?} ", field.name()).expect("a text grows");
    }
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::WARN
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut text = FieldText(String::new());
        event.record(&mut text);
        self.0.lock().expect("nobody panics").push(text.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[test]
fn an_unexpected_total_is_audited_and_warned_of() {
    let store = Store::shared();
    // 184.50 is expected
    for (total, differs) in [(Some("184.5"), false), (Some("184.51"), true), (None, false)] {
        let team = store.team();
        let invoice = store.sent_invoice(team, 1);
        let sum = total.map(|total| Money::try_new(total.parse().expect("a number")).expect("a sum"));
        let issued = IssuedInvoice { wfirma_id: "381321041".into(), number: "FV 22/2025".into(), total: sum };
        let warnings = Warnings::default();
        with_default(warnings.clone(), || {
            let created = InvoiceEvent::Created(CreatedInvoice { issued, at: at() });
            store.record(team, invoice, Some(2), created).expect("it is recorded");
        });

        let audited = format!(
            "SELECT jsonb_build_array(action, subject_id, after) ::text AS line FROM audit_entries
             WHERE team_id = '{team}' AND subject_kind = 'accounting_invoice'"
        );
        let audited = lines(&mut store.superuser(), &audited).concat();
        let audited: Value = serde_json::from_str(&audited).expect("one entry");
        let action = if differs {
            "accounting_invoice.created_with_other_total"
        } else {
            "accounting_invoice.created"
        };
        let expected = Money::try_new("184.50".parse().expect("a number")).expect("a sum");
        let after = json!({
            "wfirmaInvoiceId": "381321041", "invoiceNumber": "FV 22/2025", "createdAt": at(), "total": sum,
            "expectedTotal": expected,
        });
        assert_eq!(audited, json!([action, invoice.uuid(), after]), "{total:?}");

        let found = warnings.0.lock().expect("nobody panics").concat();
        let expected = match differs {
            true => format!(
                "message=an invoice was made with another total than reckoned \
                 team={team} invoice={invoice} total=184.51 expected=184.5 "
            ),
            false => String::new(),
        };
        assert_eq!(found, expected, "{total:?}");
    }
}
