//! The ids of what is bought in, and of the orders it is bought in for.

kernel::id_type!(AssignmentId, enum Assignment, "assignment");
kernel::id_type!(DispatchId, enum Dispatch, "dispatch");
kernel::id_type!(OrderId, enum Order, "order");
kernel::id_type!(OrderLineId, enum OrderLine, "order_line");
kernel::id_type!(PurchaseOrderId, enum PurchaseOrder, "purchase_order");
