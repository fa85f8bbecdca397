//! What a ticket says, word for word (`docs/spec/oms.md`, "Ticket wording").

use chrono::{DateTime, SecondsFormat, Utc};

use super::Mismatch;
use crate::receipt::{GoodsReceipt, ItemStatus};

pub(super) fn title(receipt: &GoodsReceipt) -> String {
    format!("GRN Mismatch - {} ({})", receipt.number, receipt.dispatch.purchase_order_number)
}

pub(super) fn description(receipt: &GoodsReceipt, mismatches: &[Mismatch<'_>], at: DateTime<Utc>) -> String {
    let dispatch = &receipt.dispatch;
    let mut lines = vec![
        "AUTOMATED TICKET: GRN Verification Mismatch Detected".to_owned(),
        String::new(),
        "GRN Details:".to_owned(),
        format!("- GRN Number: {}", receipt.number),
        format!("- PO Number: {}", dispatch.purchase_order_number),
        format!("- Vendor: {}", dispatch.vendor_email.as_ref().unwrap_or(&dispatch.vendor_name)),
        format!("- Verified At: {}", at.to_rfc3339_opts(SecondsFormat::Secs, true)),
        String::new(),
        "Mismatches Identified:".to_owned(),
    ];
    for (number, mismatch) in (1..).zip(mismatches) {
        lines.push(format!("{number}. {}:", mismatch.product_name));
        lines.push(format!("   - Assigned: {}", mismatch.assigned));
        lines.push(format!("   - Confirmed: {}", mismatch.confirmed));
        lines.push(format!("   - Received: {}", mismatch.received));
        lines.push(format!("   - Discrepancy: {}", mismatch.discrepancy));
        lines.push(format!("   - Status: {}", mismatch.status.as_str()));
        lines.extend(mismatch.remarks.map(|remarks| format!("   - Remarks: {remarks}")));
        lines.extend(mismatch.damage.map(|damage| format!("   - Damage: {damage}")));
    }
    lines.extend([
        String::new(),
        "Action Required:".to_owned(),
        "- Vendor coordination for discrepancies".to_owned(),
        "- Update inventory records if needed".to_owned(),
        "- Consider credit note or adjustment invoice".to_owned(),
        "- Document resolution for audit trail".to_owned(),
    ]);
    lines.join("\n")
}

pub(super) fn comment(mismatches: &[Mismatch<'_>]) -> String {
    let mut lines = vec!["GRN Verification completed with the following issues:".to_owned(), String::new()];
    for status in ItemStatus::ALL {
        let its: Vec<_> = mismatches.iter().filter(|mismatch| mismatch.status == *status).collect();
        if its.is_empty() {
            continue;
        }
        lines.push(format!("{}: {} item(s)", status.as_str(), its.len()));
        for mismatch in its {
            lines.push(format!("  - Discrepancy: {} units", mismatch.discrepancy));
            lines.extend(mismatch.remarks.map(|remarks| format!("    Remarks: {remarks}")));
        }
        lines.push(String::new());
    }
    lines.push(format!("Total items with issues: {}", mismatches.len()));
    lines.push("Requires vendor coordination and resolution.".to_owned());
    lines.join("\n")
}
