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
console.log("hey-api: journey done");
