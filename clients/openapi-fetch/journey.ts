// A small journey with openapi-typescript and openapi-fetch: log in, import, an order to completion, a sale, a file.
import createClient from "openapi-fetch";

import type { paths as ImportPaths } from "../generated/openapi-fetch/import.js";
import type { paths as MesPaths } from "../generated/openapi-fetch/mes.js";
import type { paths as OmsPaths } from "../generated/openapi-fetch/oms.js";
import type { paths as PosPaths } from "../generated/openapi-fetch/pos.js";
import { environment, equal, found } from "../journey.js";

const { baseUrl, key, team, email, password, run } = environment();
const orders = createClient<ImportPaths>({ baseUrl, headers: { "x-api-key": key } });
const plant = createClient<MesPaths>({ baseUrl, headers: { Authorization: `Bearer ${key}`, "X-MES-Team-ID": team } });
const tills = createClient<PosPaths>({ baseUrl, headers: { "x-api-key": key } });
const office = createClient<OmsPaths>({ baseUrl });

// log in
const login = await office.POST("/api/auth/login", { body: { email, password } });
const token: string = found(login).data.accessToken;
const me = await office.GET("/api/auth/me", { headers: { Authorization: `Bearer ${token}` } });
equal(found(me).data.user.email, email);
const refused = await office.POST("/api/auth/login", { body: { email, password: "wrong password" } });
equal(refused.error?.success, false);

// import
const row = { order_number: `TS-${run}`, stock_code: "STK1", description: "Widget A", quantity_to_make: "100" };
const dry = await orders.POST("/api/orders/import", { params: { query: { dry_run: true } }, body: [row] });
equal(found(dry).import_id, null);
const report = found(await orders.POST("/api/orders/import", { body: [row] }));
equal(report.details[0]?.status, "created");

// an order to completion
const department = found(await plant.POST("/api/v1/departments", { body: { name: `Assembly ${run}` } }));
const operator = found(await plant.POST("/api/v1/operators", { body: { name: "Ann", badge: run, skills: [] } }));
const routing = found(
  await plant.POST("/api/v1/routings", {
    body: { name: `Routing ${run}`, operations: [{ operationName: "Assemble", departmentId: department.id, runTimeMinutes: 5 }] },
  }),
);
const order = found(
  await plant.POST("/api/v1/orders", {
    params: { header: { "Idempotency-Key": run } },
    body: { orderNumber: `MO-${run}`, productIdentifier: "WIDGET", quantity: 2, routingId: routing.id },
  }),
);
const wooId = order.workOrderOperations[0]?.id ?? "";
const act = (body: MesPaths["/api/v1/work-order-operations/{wooId}"]["patch"]["requestBody"]["content"]["application/json"]) =>
  plant.PATCH("/api/v1/work-order-operations/{wooId}", { params: { path: { wooId } }, body });
equal(found(await act({ action: "start", operatorId: operator.id })).status, "in_progress");
const done = found(await act({ action: "complete", quantityCompleted: 2, quantityRejected: 0 }));
equal(done.status, "completed");
const shown = found(await plant.GET("/api/v1/orders/{orderId}", { params: { path: { orderId: order.id } } }));
equal(shown.status, "completed");

// a sale
const product = found(
  await tills.POST("/pos/api/products", { body: { sku: `SKU-${run}`, name: "Tomatoes", unitPrice: "12.50", stockQuantity: 10 } }),
);
const sale = found(
  await tills.POST("/pos/api/orders", { body: { orderItems: [{ productId: product.data.id, quantity: 3 }] } }),
);
equal(sale.data.orderStatus, "Pending");

// a file, and its download
const bytes = new Uint8Array([0x25, 0x50, 0x44, 0x46, 0x2d, 0x31, 0x2e, 0x34, 0x0a]);
const uploaded = found(
  await plant.POST("/api/v1/files/upload", {
    body: { file: "", attachmentType: "document" },
    bodySerializer() {
      const form = new FormData();
      form.append("file", new Blob([bytes]), "Notes.pdf");
      form.append("attachmentType", "document");
      return form;
    },
  }),
);
const download = await plant.GET("/api/v1/files/download/{fileId}", {
  params: { path: { fileId: uploaded.id } },
  parseAs: "arrayBuffer",
});
equal(new Uint8Array(found(download) as ArrayBuffer).length, bytes.length);
console.log("openapi-fetch: journey done");
