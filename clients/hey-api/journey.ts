// The same journey with @hey-api/openapi-ts.
import * as imports from "../generated/hey-api/import/index.js";
import * as mes from "../generated/hey-api/mes/index.js";
import * as oms from "../generated/hey-api/oms/index.js";
import * as pos from "../generated/hey-api/pos/index.js";
import { environment, equal, found } from "../journey.js";

const { baseUrl, key, team, email, password, run } = environment();
const keyed = { baseUrl, headers: { "x-api-key": key } };
const plant = { baseUrl, headers: { Authorization: `Bearer ${key}`, "X-MES-Team-ID": team } };

// log in
const login = found(await oms.logIn({ baseUrl, body: { email, password } }));
const me = await oms.whoAmI({ baseUrl, headers: { Authorization: `Bearer ${login.data.accessToken}` } });
equal(found(me).data.user.email, email);

// import
const row = { order_number: `HEY-${run}`, stock_code: "STK1", description: "Widget A", quantity_to_make: 100 };
const report = found(await imports.importOrders({ ...keyed, body: [row], query: { mode: "all_or_nothing" } }));
equal(report.details[0]?.status, "created");

// an order to completion
const department = found(await mes.createDepartment({ ...plant, body: { name: `Assembly ${run}` } }));
const operator = found(await mes.createOperator({ ...plant, body: { name: "Ann", badge: run, skills: [] } }));
const operations = [{ operationName: "Assemble", departmentId: department.id, runTimeMinutes: 5 }];
const routing = found(await mes.createRouting({ ...plant, body: { name: `Routing ${run}`, operations } }));
const order = found(
  await mes.createOrder({
    ...plant,
    body: { orderNumber: `MO-${run}`, productIdentifier: "WIDGET", quantity: 2, routingId: routing.id },
  }),
);
const wooId = order.workOrderOperations[0]?.id ?? "";
const started = await mes.actOnOperation({ ...plant, path: { wooId }, body: { action: "start", operatorId: operator.id } });
equal(found(started).status, "in_progress");
const done = await mes.actOnOperation({ ...plant, path: { wooId }, body: { action: "complete", quantityCompleted: 2 } });
equal(found(done).status, "completed");
equal(found(await mes.getOrder({ ...plant, path: { orderId: order.id } })).status, "completed");

// a sale
const product = { sku: `SKU-${run}`, name: "Tomatoes", unitPrice: 12.5, stockQuantity: 10 };
const created = found(await pos.createProduct({ ...keyed, body: product }));
const sale = found(await pos.createOrder({ ...keyed, body: { orderItems: [{ productId: created.data.id, quantity: 3 }] } }));
equal(sale.data.orderStatus, "Pending");

// a file, and its download
const file = new File(["%PDF-1.4\n"], "Notes.pdf");
const uploaded = found(await mes.uploadFile({ ...plant, body: { file, attachmentType: "document" } }));
const download = await mes.downloadFile({ ...plant, path: { fileId: uploaded.id }, parseAs: "blob" });
equal((found(download) as Blob).size, file.size);

// goods that are bought in, to a resolved ticket
const person = { baseUrl, headers: { Authorization: `Bearer ${login.data.accessToken}` } };
const vendor = found(await oms.createVendor({ ...person, body: { code: `H${run}`, name: "Green Farms" } })).data;
const bought = found(
  await oms.createOrder({
    ...person,
    body: {
      customerInfo: { name: "Customer Name" },
      deliveryAddress: { street: "123 Main Street", city: "Bangalore", pincode: "560001" },
      items: [{ productName: "Organic Tomatoes", quantity: 100, pricePerUnit: 45 }],
    },
  }),
).data;
const items = [{ orderItemId: bought.items[0]?.id ?? "", vendorId: vendor.id, quantity: 100 }];
const orderPath = { orderId: bought.id };
const given = found(await oms.assignItems({ ...person, path: orderPath, body: { assignments: items } })).data;
const assignmentId = given.assignments[0]?.id ?? "";
found(await oms.confirmAssignment({ ...person, path: { assignmentId }, body: { confirmedQuantity: 100 } }));
const purchase = found(
  await oms.createPurchaseOrder({ ...person, body: { orderId: bought.id, vendorId: vendor.id } }),
).data;
const sent = [{ assignedOrderItemId: assignmentId, dispatchedQuantity: 100 }];
const dispatch = found(
  await oms.createDispatch({ ...person, body: { purchaseOrderId: purchase.id, items: sent } }),
).data;
const grn = found(await oms.receiveDispatch({ ...person, path: { dispatchId: dispatch.id } })).data;
const grnItemId = grn.items[0]?.id ?? "";
const mismatches = [{ grnItemId, receivedQuantity: 95, status: "SHORTAGE_REPORTED" as const }];
const verified = found(
  await oms.verifyGoodsReceipt({ ...person, body: { goodsReceiptNoteId: grn.id, mismatches } }),
).data;
const ticketId = verified.ticket?.id ?? "";
for (const status of ["IN_PROGRESS", "RESOLVED"] as const) {
  found(await oms.changeTicketStatus({ ...person, path: { ticketId }, body: { status } }));
}
equal(found(await oms.getTicket({ ...person, path: { ticketId } })).data.status, "RESOLVED");
equal(found(await oms.getOrder({ ...person, path: orderPath })).data.status, "PARTIALLY_FULFILLED");
console.log("hey-api: journey done");
