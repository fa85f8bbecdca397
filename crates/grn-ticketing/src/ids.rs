//! The ids of receipts and tickets, and of what they are of.

kernel::id_type!(AssignedItemId, enum AssignedItem, "assigned_order_item");
kernel::id_type!(CommentId, enum Comment, "comment");
kernel::id_type!(DispatchId, enum Dispatch, "dispatch");
kernel::id_type!(GoodsReceiptId, enum GoodsReceipt, "goods_receipt");
kernel::id_type!(OrderId, enum Order, "order");
kernel::id_type!(OrderLineId, enum OrderLine, "order_line");
kernel::id_type!(PurchaseOrderId, enum PurchaseOrder, "purchase_order");
kernel::id_type!(ReceiptItemId, enum ReceiptItem, "goods_receipt_item");
kernel::id_type!(TicketId, enum Ticket, "ticket");
