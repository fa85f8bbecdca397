-- Buying in: what orders assign to vendors, purchase orders, dispatches, goods receipts and the tickets of their mismatches
-- (docs/spec/oms.md, "Assignments" to "Tickets"). Every change of the first five locks the sales order first.

ALTER TABLE sales_orders ADD COLUMN close_reason text CHECK (char_length(close_reason) BETWEEN 1 AND 10000);

CREATE TABLE purchase_orders (
    team_id    uuid        NOT NULL REFERENCES teams,
    id         uuid        NOT NULL,
    number     text COLLATE "C" NOT NULL CHECK (char_length(number) BETWEEN 1 AND 100),
    order_id   uuid        NOT NULL,
    vendor_id  uuid        NOT NULL,
    status     text        NOT NULL CHECK (status IN ('ISSUED', 'PARTIALLY_DISPATCHED', 'DISPATCHED', 'RECEIVED',
                                                      'CANCELLED', 'CLOSED')),
    version    bigint      NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL CHECK (isfinite(created_at)),
    updated_at timestamptz NOT NULL,
    UNIQUE (team_id, number),
    FOREIGN KEY (team_id, order_id) REFERENCES sales_orders (team_id, id),
    FOREIGN KEY (team_id, vendor_id) REFERENCES vendors (team_id, id)
);
COMMENT ON TABLE purchase_orders IS 'its items are the assignments that name it, at the prices of their order lines';
CREATE INDEX purchase_orders_created ON purchase_orders (team_id, created_at, id);
CREATE INDEX purchase_orders_status ON purchase_orders (team_id, status, created_at, id);
CREATE INDEX purchase_orders_vendor ON purchase_orders (team_id, vendor_id, created_at, id);
CREATE INDEX purchase_orders_order ON purchase_orders (team_id, order_id, created_at, id);
ALTER TABLE purchase_orders ADD UNIQUE (team_id, id, order_id, vendor_id);
ALTER TABLE purchase_orders ADD PRIMARY KEY (team_id, id);

CREATE TABLE assignments (
    team_id           uuid           NOT NULL REFERENCES teams,
    id                uuid           NOT NULL,
    order_id          uuid           NOT NULL,
    order_line_id     uuid           NOT NULL,
    vendor_id         uuid           NOT NULL,
    quantity          numeric(15, 3) NOT NULL CHECK (quantity > 0 AND quantity < 1000000000000),
    confirmed         numeric(15, 3),
    reason            text           CHECK (char_length(reason) BETWEEN 1 AND 1000),
    answered_at       timestamptz    CHECK (isfinite(answered_at)),
    released          boolean        NOT NULL,
    status            text           NOT NULL GENERATED ALWAYS AS (CASE
                                         WHEN released THEN 'RELEASED'
                                         WHEN confirmed IS NULL THEN 'ASSIGNED'
                                         WHEN confirmed > 0 THEN 'CONFIRMED'
                                         ELSE 'DECLINED' END) STORED,
    purchase_order_id uuid,
    dispatched        numeric(15, 3) NOT NULL,
    verified          numeric(15, 3) NOT NULL,
    received          numeric(15, 3) NOT NULL CHECK (received >= 0 AND received < 1000000000000),
    accepted          numeric(15, 3) NOT NULL,
    version           bigint         NOT NULL CHECK (version >= 1),
    assigned_at       timestamptz    NOT NULL CHECK (isfinite(assigned_at)),
    updated_at        timestamptz    NOT NULL,
    FOREIGN KEY (team_id, order_id) REFERENCES sales_orders (team_id, id),
    FOREIGN KEY (team_id, order_line_id) REFERENCES sales_order_lines (team_id, id),
    FOREIGN KEY (team_id, vendor_id) REFERENCES vendors (team_id, id),
    FOREIGN KEY (team_id, purchase_order_id, order_id, vendor_id)
        REFERENCES purchase_orders (team_id, id, order_id, vendor_id),
    CONSTRAINT assignments_answered CHECK ((confirmed IS NULL) = (answered_at IS NULL)),
    CONSTRAINT assignments_confirmed_within CHECK (confirmed BETWEEN 0 AND quantity),
    CONSTRAINT assignments_less_has_a_reason CHECK (confirmed IS NULL OR confirmed = quantity OR reason IS NOT NULL),
    CONSTRAINT assignments_ordered_once_confirmed CHECK (purchase_order_id IS NULL OR coalesce(confirmed, 0) > 0),
    CONSTRAINT assignments_dispatched_once_ordered CHECK (dispatched = 0 OR purchase_order_id IS NOT NULL),
    CONSTRAINT assignments_dispatched_within CHECK (dispatched BETWEEN 0 AND coalesce(confirmed, 0)),
    CONSTRAINT assignments_verified_within CHECK (verified BETWEEN 0 AND dispatched),
    CONSTRAINT assignments_accepted_within CHECK (accepted BETWEEN 0 AND received)
);
COMMENT ON TABLE assignments IS 'so much of a line of an order, given to a vendor; assignedOrderItem in the oms API';
COMMENT ON COLUMN assignments.confirmed IS 'null until the vendor answers; 0 declines';
COMMENT ON COLUMN assignments.released IS 'the order ended before all of it was dispatched';
COMMENT ON COLUMN assignments.verified IS 'of what was dispatched, that whose receipt was verified';
CREATE INDEX assignments_assigned ON assignments (team_id, assigned_at, id);
CREATE INDEX assignments_status ON assignments (team_id, status, assigned_at, id);
CREATE INDEX assignments_vendor ON assignments (team_id, vendor_id, assigned_at, id);
CREATE INDEX assignments_order ON assignments (team_id, order_id, assigned_at, id);
CREATE INDEX assignments_purchase_order ON assignments (team_id, purchase_order_id)
    WHERE purchase_order_id IS NOT NULL;
ALTER TABLE assignments ADD PRIMARY KEY (team_id, id);

CREATE TABLE dispatches (
    team_id            uuid        NOT NULL REFERENCES teams,
    id                 uuid        NOT NULL,
    number             text COLLATE "C" NOT NULL CHECK (char_length(number) BETWEEN 1 AND 100),
    purchase_order_id  uuid        NOT NULL,
    order_id           uuid        NOT NULL,
    vendor_id          uuid        NOT NULL,
    tracking_reference text        CHECK (char_length(tracking_reference) BETWEEN 1 AND 100),
    remarks            text        CHECK (char_length(remarks) BETWEEN 1 AND 10000),
    dispatched_at      timestamptz NOT NULL CHECK (isfinite(dispatched_at)),
    received_at        timestamptz CHECK (isfinite(received_at)),
    status             text        NOT NULL GENERATED ALWAYS AS (CASE
                                       WHEN received_at IS NULL THEN 'DISPATCHED' ELSE 'RECEIVED' END) STORED,
    UNIQUE (team_id, number),
    FOREIGN KEY (team_id, purchase_order_id, order_id, vendor_id)
        REFERENCES purchase_orders (team_id, id, order_id, vendor_id)
);
CREATE INDEX dispatches_dispatched ON dispatches (team_id, dispatched_at, id);
CREATE INDEX dispatches_status ON dispatches (team_id, status, dispatched_at, id);
CREATE INDEX dispatches_vendor ON dispatches (team_id, vendor_id, dispatched_at, id);
CREATE INDEX dispatches_order ON dispatches (team_id, order_id, dispatched_at, id);
CREATE INDEX dispatches_purchase_order ON dispatches (team_id, purchase_order_id, dispatched_at, id);
ALTER TABLE dispatches ADD UNIQUE (team_id, id, order_id, vendor_id);
ALTER TABLE dispatches ADD PRIMARY KEY (team_id, id);

CREATE TABLE dispatch_items (
    team_id       uuid           NOT NULL,
    dispatch_id   uuid           NOT NULL,
    position      integer        NOT NULL CHECK (position BETWEEN 1 AND 500),
    assignment_id uuid           NOT NULL,
    quantity      numeric(15, 3) NOT NULL CHECK (quantity > 0 AND quantity < 1000000000000),
    PRIMARY KEY (team_id, dispatch_id, position),
    UNIQUE (team_id, dispatch_id, assignment_id),
    FOREIGN KEY (team_id, dispatch_id) REFERENCES dispatches (team_id, id),
    FOREIGN KEY (team_id, assignment_id) REFERENCES assignments (team_id, id)
);
COMMENT ON TABLE dispatch_items IS 'append-only: what each dispatch carries';
CREATE INDEX dispatch_items_assignment ON dispatch_items (team_id, assignment_id);

CREATE TABLE goods_receipts (
    team_id     uuid        NOT NULL REFERENCES teams,
    id          uuid        NOT NULL,
    number      text COLLATE "C" NOT NULL CHECK (char_length(number) BETWEEN 1 AND 100),
    dispatch_id uuid        NOT NULL,
    order_id    uuid        NOT NULL,
    vendor_id   uuid        NOT NULL,
    status      text        NOT NULL CHECK (status IN ('PENDING_VERIFICATION', 'PARTIALLY_VERIFIED', 'VERIFIED_OK',
                                                       'VERIFIED_MISMATCH')),
    is_open     boolean     NOT NULL GENERATED ALWAYS AS (status IN ('PENDING_VERIFICATION', 'PARTIALLY_VERIFIED')) STORED,
    remarks     text        CHECK (char_length(remarks) BETWEEN 1 AND 2000),
    received_at timestamptz NOT NULL CHECK (isfinite(received_at)),
    received_by uuid,
    verified_at timestamptz CHECK (isfinite(verified_at)),
    verified_by uuid,
    version     bigint      NOT NULL CHECK (version >= 1),
    UNIQUE (team_id, number),
    UNIQUE (team_id, dispatch_id),
    FOREIGN KEY (team_id, dispatch_id, order_id, vendor_id) REFERENCES dispatches (team_id, id, order_id, vendor_id),
    FOREIGN KEY (team_id, received_by) REFERENCES users (team_id, id),
    FOREIGN KEY (team_id, verified_by) REFERENCES users (team_id, id),
    CONSTRAINT goods_receipts_verified_at CHECK ((verified_at IS NULL) = (status = 'PENDING_VERIFICATION')),
    CONSTRAINT goods_receipts_verified_by CHECK (verified_by IS NULL OR verified_at IS NOT NULL)
);
COMMENT ON COLUMN goods_receipts.verified_at IS 'when it was verified last, in whole or in part';
CREATE INDEX goods_receipts_received ON goods_receipts (team_id, received_at, id);
CREATE INDEX goods_receipts_open ON goods_receipts (team_id, received_at, id) WHERE is_open;
CREATE INDEX goods_receipts_status ON goods_receipts (team_id, status, received_at, id);
CREATE INDEX goods_receipts_vendor ON goods_receipts (team_id, vendor_id, received_at, id);
CREATE INDEX goods_receipts_order ON goods_receipts (team_id, order_id, received_at, id);
ALTER TABLE goods_receipts ADD UNIQUE (team_id, id, order_id, vendor_id);
ALTER TABLE goods_receipts ADD PRIMARY KEY (team_id, id);

CREATE TABLE tickets (
    team_id     uuid        NOT NULL REFERENCES teams,
    id          uuid        NOT NULL,
    number      text COLLATE "C" NOT NULL CHECK (char_length(number) BETWEEN 1 AND 100),
    receipt_id  uuid        NOT NULL,
    order_id    uuid        NOT NULL,
    vendor_id   uuid        NOT NULL,
    title       text        NOT NULL,
    description text        NOT NULL,
    status      text        NOT NULL CHECK (status IN ('OPEN', 'IN_PROGRESS', 'RESOLVED', 'CLOSED')),
    priority    text        NOT NULL CHECK (priority IN ('LOW', 'MEDIUM', 'HIGH', 'URGENT')),
    created_by  uuid,
    assignee_id uuid,
    resolved_at timestamptz CHECK (isfinite(resolved_at)),
    closed_at   timestamptz CHECK (isfinite(closed_at)),
    version     bigint      NOT NULL CHECK (version >= 1),
    created_at  timestamptz NOT NULL CHECK (isfinite(created_at)),
    updated_at  timestamptz NOT NULL,
    UNIQUE (team_id, number),
    FOREIGN KEY (team_id, receipt_id, order_id, vendor_id) REFERENCES goods_receipts (team_id, id, order_id, vendor_id),
    FOREIGN KEY (team_id, created_by) REFERENCES users (team_id, id),
    FOREIGN KEY (team_id, assignee_id) REFERENCES users (team_id, id),
    CONSTRAINT tickets_resolved_at CHECK ((resolved_at IS NOT NULL) = (status IN ('RESOLVED', 'CLOSED'))),
    CONSTRAINT tickets_closed_at CHECK ((closed_at IS NOT NULL) = (status = 'CLOSED'))
);
CREATE INDEX tickets_created ON tickets (team_id, created_at, id);
CREATE INDEX tickets_status ON tickets (team_id, status, created_at, id);
CREATE INDEX tickets_priority ON tickets (team_id, priority, created_at, id);
CREATE INDEX tickets_vendor ON tickets (team_id, vendor_id, created_at, id);
CREATE INDEX tickets_order ON tickets (team_id, order_id, created_at, id);
CREATE INDEX tickets_assignee ON tickets (team_id, assignee_id, created_at, id) WHERE assignee_id IS NOT NULL;
CREATE INDEX tickets_receipt ON tickets (team_id, receipt_id, created_at, id);
-- mismatches join the ticket of their receipt that is not closed
CREATE UNIQUE INDEX tickets_one_that_is_not_closed ON tickets (team_id, receipt_id) WHERE status <> 'CLOSED';
ALTER TABLE tickets ADD PRIMARY KEY (team_id, id);

CREATE TABLE goods_receipt_items (
    team_id            uuid           NOT NULL,
    receipt_id         uuid           NOT NULL,
    position           integer        NOT NULL CHECK (position BETWEEN 1 AND 500),
    id                 uuid           NOT NULL,
    assignment_id      uuid           NOT NULL,
    dispatched         numeric(15, 3) NOT NULL CHECK (dispatched > 0 AND dispatched < 1000000000000),
    status             text           CHECK (status IN ('VERIFIED_OK', 'QUANTITY_MISMATCH', 'DAMAGE_REPORTED',
                                                        'SHORTAGE_REPORTED', 'EXCESS_RECEIVED')),
    received           numeric(15, 3) CHECK (received >= 0 AND received < 1000000000000),
    remarks            text           CHECK (char_length(remarks) BETWEEN 1 AND 2000),
    damage_description text           CHECK (char_length(damage_description) BETWEEN 1 AND 2000),
    damaged            numeric(15, 3),
    accepts_excess     boolean        NOT NULL,
    accepted           numeric(15, 3),
    ticket_id          uuid,
    PRIMARY KEY (team_id, receipt_id, position),
    UNIQUE (team_id, id),
    UNIQUE (team_id, receipt_id, assignment_id),
    FOREIGN KEY (team_id, receipt_id) REFERENCES goods_receipts (team_id, id),
    FOREIGN KEY (team_id, assignment_id) REFERENCES assignments (team_id, id),
    FOREIGN KEY (team_id, ticket_id) REFERENCES tickets (team_id, id),
    CONSTRAINT goods_receipt_items_counted CHECK ((received IS NULL) = (status IS NULL)),
    CONSTRAINT goods_receipt_items_decided CHECK ((accepted IS NULL) = (status IS NULL)),
    CONSTRAINT goods_receipt_items_remarked CHECK (remarks IS NULL OR status IS NOT NULL),
    CONSTRAINT goods_receipt_items_damage_described
        CHECK ((damage_description IS NOT NULL) = (coalesce(status, '') = 'DAMAGE_REPORTED')),
    CONSTRAINT goods_receipt_items_damage_counted CHECK ((damaged IS NULL) = (damage_description IS NULL)),
    CONSTRAINT goods_receipt_items_damaged_within CHECK (damaged BETWEEN 0 AND received),
    CONSTRAINT goods_receipt_items_accepted_within
        CHECK (accepted BETWEEN 0 AND received AND (accepts_excess OR accepted <= dispatched)),
    CONSTRAINT goods_receipt_items_excess_of_more CHECK (NOT accepts_excess OR coalesce(received, 0) > dispatched),
    CONSTRAINT goods_receipt_items_in_full CHECK (status <> 'VERIFIED_OK' OR received = dispatched),
    CONSTRAINT goods_receipt_items_mismatches_have_a_ticket
        CHECK ((ticket_id IS NOT NULL) = (coalesce(status, 'VERIFIED_OK') <> 'VERIFIED_OK'))
);
COMMENT ON COLUMN goods_receipt_items.dispatched IS 'what the dispatch carries; confirmedQuantity in the oms API';
CREATE INDEX goods_receipt_items_assignment ON goods_receipt_items (team_id, assignment_id);
CREATE INDEX goods_receipt_items_ticket ON goods_receipt_items (team_id, ticket_id) WHERE ticket_id IS NOT NULL;

CREATE TABLE ticket_comments (
    team_id    uuid        NOT NULL,
    ticket_id  uuid        NOT NULL,
    id         uuid        NOT NULL,
    content    text        NOT NULL CHECK (content <> ''),
    author_id  uuid,
    created_at timestamptz NOT NULL CHECK (isfinite(created_at)),
    PRIMARY KEY (team_id, ticket_id, id),
    FOREIGN KEY (team_id, ticket_id) REFERENCES tickets (team_id, id),
    FOREIGN KEY (team_id, author_id) REFERENCES users (team_id, id)
);
COMMENT ON TABLE ticket_comments IS 'append-only';

-- Lists of a vendor's people hold the orders that have a line assigned to it.
CREATE OR REPLACE FUNCTION sales_order_conditions(filter jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT 'o.team_id = $1 AND NOT o.deleted' || coalesce(string_agg(condition, '' ORDER BY name), '')
    FROM (VALUES
        ('status',          ' AND o.status = $2 ->> ''status'''),
        ('pos_status',      ' AND o.pos_status = $2 ->> ''pos_status'''),
        ('payment_status',  ' AND o.payment_status = $2 ->> ''payment_status'''),
        ('order_number',    ' AND o.order_number ^@ ($2 ->> ''order_number'')'),
        ('customer_name',   ' AND o.name_key LIKE $2 ->> ''customer_name'''),
        ('customer_phone',  ' AND o.phone_key LIKE $2 ->> ''customer_phone'''),
        ('name_part',       ' AND trigrams(o.name_key) @> trigrams($2 ->> ''name_part'')'),
        ('phone_part',      ' AND trigrams(o.phone_key) @> trigrams($2 ->> ''phone_part'')'),
        ('customer_number', ' AND o.customer_number = ($2 ->> ''customer_number'')::bigint'),
        ('from',            ' AND o.created_at >= ($2 ->> ''from'')::timestamptz'),
        ('before',          ' AND o.created_at < ($2 ->> ''before'')::timestamptz'),
        ('vendor',          ' AND EXISTS (SELECT FROM assignments a WHERE a.team_id = $1 AND a.order_id = o.id'
                            ' AND a.vendor_id = ($2 ->> ''vendor'')::uuid)'),
        ('min_total',       ' AND o.total_amount >= ($2 ->> ''min_total'')::numeric'),
        ('max_total',       ' AND o.total_amount <= ($2 ->> ''max_total'')::numeric')
    ) known (name, condition)
    WHERE filter ? name
$$;

SELECT protect_team_table('purchase_orders');
SELECT protect_team_table('assignments');
SELECT protect_team_table('dispatches');
SELECT protect_team_table('dispatch_items');
SELECT protect_team_table('goods_receipts');
SELECT protect_team_table('goods_receipt_items');
SELECT protect_team_table('tickets');
SELECT protect_team_table('ticket_comments');
GRANT SELECT, INSERT, UPDATE ON purchase_orders, assignments, dispatches, goods_receipts, goods_receipt_items, tickets
    TO throughline_team;
GRANT SELECT, INSERT ON dispatch_items, ticket_comments TO throughline_team;
SELECT renew_referenced_keys();
