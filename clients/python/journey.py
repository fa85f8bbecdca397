"""The same journey with openapi-python-client."""

import os
from io import BytesIO
from typing import TypeVar

from generated.python.mes.api.departments import create_department
from generated.python.mes.api.files import download_file, upload_file
from generated.python.mes.api.operators import create_operator
from generated.python.mes.api.orders import create_order as create_manufacturing_order
from generated.python.mes.api.orders import get_order
from generated.python.mes.api.routings import create_routing
from generated.python.mes.api.work_order_operations import act_on_operation
from generated.python.mes.client import AuthenticatedClient as MesClient
from generated.python.mes.models import (
    Action,
    ActOnOperationRequest,
    ActedResponse,
    AttachmentType,
    CreateDepartmentRequest,
    CreatedOrderResponse,
    CreateOperatorRequest,
    CreateOrderRequest,
    DepartmentResponse,
    FileResponse,
    OperationRequest,
    OperationStatus,
    OperatorResponse,
    OrderResponse,
    OrderStatus,
    RoutingRequest,
    RoutingResponse,
    UploadFileForm,
)
from generated.python.mes.types import File
from generated.python.oms.api.authentication import log_in, who_am_i
from generated.python.oms.client import AuthenticatedClient as OmsClient
from generated.python.oms.client import Client
from generated.python.oms.models import LoggedInDoneResponse, LogInRequest, MeShownResponse
from generated.python.orders.api.order_import import import_orders
from generated.python.orders.client import AuthenticatedClient as ImportClient
from generated.python.orders.models import ImportResponse, OrderRow, RowStatus
from generated.python.pos.api.orders import create_order
from generated.python.pos.api.products import create_product
from generated.python.pos.client import AuthenticatedClient as PosClient
from generated.python.pos.models import CreateOrderRequest as CreateSaleRequest
from generated.python.pos.models import (
    CreateProductRequest,
    OrderItemRequest,
    OrderShownResponse,
    PosStatus,
    ProductShownResponse,
)

T = TypeVar("T")


def found(answer: object, kind: type[T]) -> T:
    """The answer, which must be of this kind: an error's is another."""
    assert isinstance(answer, kind), answer
    return answer


base, key, team = os.environ["BASE"], os.environ["KEY"], os.environ["TEAM"]
run = f"{os.environ['RUN']}-{os.getpid()}"

# log in
credentials = LogInRequest(email=os.environ["EMAIL"], password=os.environ["PASSWORD"])
logged_in = found(log_in.sync(client=Client(base_url=base), body=credentials), LoggedInDoneResponse)
office = OmsClient(base_url=base, token=logged_in.data.access_token)
assert found(who_am_i.sync(client=office), MeShownResponse).data.user.email == credentials.email

# import
importer = ImportClient(base_url=base, token=key, auth_header_name="x-api-key", prefix="")
row = OrderRow(order_number=f"PY-{run}", stock_code="STK1", description="Widget A", quantity_to_make="100")
report = found(import_orders.sync(client=importer, body=[row]), ImportResponse)
assert report.details[0].status == RowStatus.CREATED

# an order to completion
plant = MesClient(base_url=base, token=key, headers={"X-MES-Team-ID": team})
department = found(
    create_department.sync(client=plant, body=CreateDepartmentRequest(name=f"Assembly {run}")), DepartmentResponse
)
ann = CreateOperatorRequest(name="Ann", badge=run, skills=[])
operator = found(create_operator.sync(client=plant, body=ann), OperatorResponse)
step = OperationRequest(operation_name="Assemble", department_id=department.id, run_time_minutes=5)
routing = found(
    create_routing.sync(client=plant, body=RoutingRequest(name=f"Routing {run}", operations=[step])),
    RoutingResponse,
)
new = CreateOrderRequest(
    order_number=f"MO-{run}", product_identifier="WIDGET", quantity=2, routing_id=routing.id
)
order = found(create_manufacturing_order.sync(client=plant, body=new), CreatedOrderResponse)
operation = order.work_order_operations[0].id
start = ActOnOperationRequest(action=Action.START, operator_id=operator.id)
started = found(act_on_operation.sync(operation, client=plant, body=start), ActedResponse)
assert started.status == OperationStatus.IN_PROGRESS
complete = ActOnOperationRequest(action=Action.COMPLETE, quantity_completed=2)
completed = found(act_on_operation.sync(operation, client=plant, body=complete), ActedResponse)
assert completed.status == OperationStatus.COMPLETED
assert found(get_order.sync(order.id, client=plant), OrderResponse).status == OrderStatus.COMPLETED

# a sale
tills = PosClient(base_url=base, token=key, auth_header_name="x-api-key", prefix="")
tomatoes = CreateProductRequest(sku=f"SKU-{run}", name="Tomatoes", unit_price="12.50", stock_quantity=10)
product = found(create_product.sync(client=tills, body=tomatoes), ProductShownResponse)
line = OrderItemRequest(product_id=product.data.id, quantity=3)
sale = found(create_order.sync(client=tills, body=CreateSaleRequest(order_items=[line])), OrderShownResponse)
assert sale.data.order_status == PosStatus.PENDING

# a file, and its download
content = b"%PDF-1.4\n"
form = UploadFileForm(
    file=File(payload=BytesIO(content), file_name="Notes.pdf"), attachment_type=AttachmentType.DOCUMENT
)
uploaded = found(upload_file.sync(client=plant, body=form), FileResponse)
downloaded = download_file.sync_detailed(uploaded.id, client=plant)
assert (downloaded.status_code, downloaded.content) == (200, content), downloaded
print("openapi-python-client: journey done")
