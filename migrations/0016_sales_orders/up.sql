-- Selling: the catalogue, stock as a ledger, and sales orders of the pos and oms APIs (docs/spec/common.md,
-- "Sales orders"; docs/spec/pos.md, "Stock").

-- Searches for a part of a text use its trigrams. pg_trgm would do, but not every PostgreSQL has it.
CREATE FUNCTION trigrams(word text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT ARRAY(SELECT DISTINCT substr(word, place, 3) FROM generate_series(1, length(word) - 2) place)
$$;

CREATE TABLE products (
    team_id       uuid           NOT NULL REFERENCES teams,
    id            uuid           NOT NULL,
    number        bigint         NOT NULL CHECK (number >= 1),
    sku           text COLLATE "C" NOT NULL CHECK (char_length(sku) BETWEEN 1 AND 100),
    name          text           NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    name_key      text COLLATE "C" NOT NULL,
    -- NaN is greater than any number
    unit_price    numeric(15, 4) NOT NULL CHECK (unit_price >= 0 AND unit_price < 100000000000),
    tax_rate      numeric(5, 4)  NOT NULL CHECK (tax_rate BETWEEN 0 AND 1),
    discount_rate numeric(5, 4)  NOT NULL CHECK (discount_rate BETWEEN 0 AND 1),
    stock         numeric(15, 3) NOT NULL CHECK (stock >= 0 AND stock < 1000000000000),
    movements     bigint         NOT NULL CHECK (movements >= 0),
    last_movement bigint         GENERATED ALWAYS AS (NULLIF(movements, 0)) STORED,
    version       bigint         NOT NULL CHECK (version >= 1),
    created_at    timestamptz    NOT NULL,
    updated_at    timestamptz    NOT NULL,
    PRIMARY KEY (team_id, id),
    UNIQUE (team_id, number),
    UNIQUE (team_id, sku),
    CONSTRAINT products_stock_is_moved CHECK (movements > 0 OR stock = 0)
);
COMMENT ON COLUMN products.number IS 'productId in the pos API';
COMMENT ON COLUMN products.version IS 'increases with changes of the product, not with movements of stock';
COMMENT ON COLUMN products.stock IS 'the balance of the last movement, as a foreign key enforces';
CREATE INDEX products_name ON products (team_id, name_key, number);

CREATE TABLE sales_orders (
    team_id          uuid           NOT NULL REFERENCES teams,
    id               uuid           NOT NULL,
    number           bigint         NOT NULL CHECK (number >= 1),
    order_number     text COLLATE "C" NOT NULL CHECK (char_length(order_number) BETWEEN 1 AND 100),
    channel          text           NOT NULL CHECK (channel IN ('pos', 'oms')),
    status           text           NOT NULL CHECK (status IN ('RECEIVED', 'ASSIGNED', 'PROCESSING',
                                    'PARTIALLY_FULFILLED', 'FULFILLED', 'CLOSED', 'CANCELLED')),
    pos_status       text           NOT NULL GENERATED ALWAYS AS (CASE
                                        WHEN status IN ('RECEIVED', 'ASSIGNED') THEN 'Pending'
                                        WHEN status IN ('PROCESSING', 'PARTIALLY_FULFILLED') THEN 'Processing'
                                        WHEN status IN ('FULFILLED', 'CLOSED') THEN 'Completed'
                                        ELSE 'Cancelled' END) STORED,
    payment_status   text           NOT NULL
                     CHECK (payment_status IN ('Pending', 'PartiallyPaid', 'Paid', 'Failed', 'Refunded')),
    payment_method   text           CHECK (char_length(payment_method) BETWEEN 1 AND 50),
    customer_number  bigint,
    customer_name    text           CHECK (char_length(customer_name) BETWEEN 1 AND 200),
    customer_phone   text           CHECK (char_length(customer_phone) BETWEEN 1 AND 50),
    customer_email   text           CHECK (char_length(customer_email) BETWEEN 3 AND 254),
    name_key         text,
    phone_key        text,
    delivery         jsonb          CHECK (jsonb_typeof(delivery) = 'object'),
    source           text           CHECK (char_length(source) BETWEEN 1 AND 50),
    notes            text           CHECK (char_length(notes) BETWEEN 1 AND 10000),
    cancel_reason    text           CHECK (char_length(cancel_reason) BETWEEN 1 AND 10000),
    currency         text           NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    sub_total        numeric(18, 2) NOT NULL CHECK (sub_total >= 0 AND sub_total < 10000000000000000),
    tax_amount       numeric(18, 2) NOT NULL CHECK (tax_amount >= 0 AND tax_amount < 10000000000000000),
    discount_amount  numeric(18, 2) NOT NULL CHECK (discount_amount >= 0 AND discount_amount < 10000000000000000),
    total_amount     numeric(18, 2) NOT NULL
                     CONSTRAINT sales_orders_total_adds_up CHECK (total_amount = sub_total - discount_amount + tax_amount),
    completed_at     timestamptz    CHECK (isfinite(completed_at)),
    stock_returned   boolean        NOT NULL DEFAULT false,
    deleted          boolean        NOT NULL DEFAULT false,
    version          bigint         NOT NULL CHECK (version >= 1),
    created_at       timestamptz    NOT NULL CHECK (isfinite(created_at)),
    updated_at       timestamptz    NOT NULL,
    PRIMARY KEY (team_id, id),
    UNIQUE (team_id, number),
    UNIQUE (team_id, order_number),
    CONSTRAINT sales_orders_name_folded CHECK ((name_key IS NULL) = (customer_name IS NULL)),
    CONSTRAINT sales_orders_phone_folded CHECK ((phone_key IS NULL) = (customer_phone IS NULL)),
    CONSTRAINT sales_orders_over_gives_back CHECK (stock_returned = (deleted OR status = 'CANCELLED'))
);
COMMENT ON COLUMN sales_orders.number IS 'id in the pos API';
COMMENT ON COLUMN sales_orders.pos_status IS 'the status in the pos API';
COMMENT ON COLUMN sales_orders.customer_number IS 'customerId in the pos API: the client''s own number, never checked';
COMMENT ON COLUMN sales_orders.name_key IS 'customer_name case-folded, for searches that ignore case; phone_key likewise';
COMMENT ON COLUMN sales_orders.deleted IS 'no longer shown anywhere; its number is never used again';
CREATE INDEX sales_orders_created ON sales_orders (team_id, created_at, id) WHERE NOT deleted;
CREATE INDEX sales_orders_status ON sales_orders (team_id, status, created_at, id) WHERE NOT deleted;
CREATE INDEX sales_orders_pos_status ON sales_orders (team_id, pos_status, created_at, id) WHERE NOT deleted;
CREATE INDEX sales_orders_payment ON sales_orders (team_id, payment_status, created_at, id) WHERE NOT deleted;
CREATE INDEX sales_orders_customer ON sales_orders (team_id, customer_number, created_at, id)
    WHERE NOT deleted AND customer_number IS NOT NULL;
CREATE INDEX sales_orders_total ON sales_orders (team_id, total_amount) WHERE NOT deleted;
-- without the team, because every search would read the team's whole list of orders in this index; and with deleted
-- orders, because the planner ignores the statistics of a partial index, and needs them to read by date instead when a
-- text matches many orders (docs/adr/0011)
CREATE INDEX sales_orders_texts ON sales_orders USING gin (trigrams(name_key), trigrams(phone_key));

CREATE TABLE sales_order_lines (
    team_id         uuid           NOT NULL,
    order_id        uuid           NOT NULL,
    position        integer        NOT NULL CHECK (position BETWEEN 1 AND 500),
    id              uuid           NOT NULL,
    number          bigint         NOT NULL CHECK (number >= 1),
    product_id      uuid,
    product_number  bigint,
    product_name    text           NOT NULL CHECK (char_length(product_name) BETWEEN 1 AND 200),
    sku             text           CHECK (char_length(sku) BETWEEN 1 AND 100),
    unit_price      numeric(15, 4) NOT NULL CHECK (unit_price >= 0 AND unit_price < 100000000000),
    quantity        numeric(15, 3) NOT NULL CHECK (quantity > 0 AND quantity < 1000000000000),
    sub_total       numeric(18, 2) NOT NULL CHECK (sub_total >= 0 AND sub_total < 10000000000000000),
    tax_amount      numeric(18, 2) NOT NULL CHECK (tax_amount >= 0 AND tax_amount < 10000000000000000),
    discount_amount numeric(18, 2) NOT NULL CHECK (discount_amount >= 0 AND discount_amount < 10000000000000000),
    total_amount    numeric(18, 2) NOT NULL
                    CONSTRAINT sales_order_lines_total_adds_up
                    CHECK (total_amount = sub_total - discount_amount + tax_amount),
    taken           numeric(15, 3) NOT NULL,
    notes           text           CHECK (char_length(notes) BETWEEN 1 AND 10000),
    PRIMARY KEY (team_id, order_id, position),
    UNIQUE (team_id, id),
    FOREIGN KEY (team_id, order_id) REFERENCES sales_orders (team_id, id),
    FOREIGN KEY (team_id, product_id) REFERENCES products (team_id, id),
    CONSTRAINT sales_order_lines_product_named CHECK ((product_number IS NULL) = (product_id IS NULL)),
    CONSTRAINT sales_order_lines_taken_all_or_nothing CHECK (taken IN (0, quantity)),
    CONSTRAINT sales_order_lines_taken_of_products CHECK (taken = 0 OR product_id IS NOT NULL)
);
COMMENT ON TABLE sales_order_lines IS 'append-only: what was ordered, and what was taken from stock';
CREATE INDEX sales_order_lines_product ON sales_order_lines (team_id, product_id) WHERE product_id IS NOT NULL;

-- The stock ledger. Each movement starts from the balance of the previous one, and a product's stock is the balance of its
-- last one, so foreign keys alone ensure that stock is the sum of the movements (docs/adr/0010).
CREATE TABLE stock_movements (
    team_id                uuid           NOT NULL,
    product_id             uuid           NOT NULL,
    sequence               bigint         NOT NULL CHECK (sequence >= 1),
    previous               bigint         GENERATED ALWAYS AS (NULLIF(sequence - 1, 0)) STORED,
    before                 numeric(15, 3) NOT NULL CHECK (before >= 0 AND before < 1000000000000),
    quantity               numeric(15, 3) NOT NULL CHECK (quantity <> 0),
    balance                numeric(15, 3) NOT NULL CHECK (balance >= 0 AND balance < 1000000000000),
    cause                  text           NOT NULL CHECK (cause IN ('opening', 'sale', 'cancellation', 'deletion',
                                          'production', 'count', 'adjustment')),
    reason                 text           CHECK (char_length(reason) BETWEEN 1 AND 100),
    order_id               uuid,
    manufacturing_order_id uuid,
    created_at             timestamptz    NOT NULL,
    PRIMARY KEY (team_id, product_id, sequence),
    UNIQUE (team_id, product_id, sequence, balance),
    FOREIGN KEY (team_id, product_id) REFERENCES products (team_id, id),
    FOREIGN KEY (team_id, product_id, previous, before)
        REFERENCES stock_movements (team_id, product_id, sequence, balance),
    FOREIGN KEY (team_id, order_id) REFERENCES sales_orders (team_id, id),
    FOREIGN KEY (team_id, manufacturing_order_id) REFERENCES manufacturing_orders (team_id, id),
    CONSTRAINT stock_movements_add_up CHECK (balance = before + quantity),
    CONSTRAINT stock_movements_begin_at_nothing CHECK (sequence > 1 OR before = 0),
    CONSTRAINT stock_movements_sold CHECK ((order_id IS NOT NULL) = (cause IN ('sale', 'cancellation', 'deletion'))),
    CONSTRAINT stock_movements_made CHECK ((manufacturing_order_id IS NOT NULL) = (cause = 'production')),
    CONSTRAINT stock_movements_reason_of_adjustments CHECK (reason IS NULL OR cause = 'adjustment')
);
COMMENT ON TABLE stock_movements IS 'append-only: the sum of a product''s quantities is its stock';
CREATE INDEX stock_movements_order ON stock_movements (team_id, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX stock_movements_production ON stock_movements (team_id, manufacturing_order_id)
    WHERE manufacturing_order_id IS NOT NULL;
ALTER TABLE products ADD CONSTRAINT products_stock_is_the_last_balance
    FOREIGN KEY (team_id, id, last_movement, stock)
    REFERENCES stock_movements (team_id, product_id, sequence, balance);

-- The conditions for the filters of a list. Under row-level security neither LIKE nor a comparison of numbers can use an
-- index, so the two functions below find the orders as their owner, for the current team only; the orders themselves are
-- then read under row-level security (docs/adr/0011).
CREATE FUNCTION sales_order_conditions(filter jsonb) RETURNS text
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
        ('min_total',       ' AND o.total_amount >= ($2 ->> ''min_total'')::numeric'),
        ('max_total',       ' AND o.total_amount <= ($2 ->> ''max_total'')::numeric')
    ) known (name, condition)
    WHERE filter ? name
$$;

-- The ids of the current team's matching orders, the latest first. The query is planned with the filter's values.
CREATE FUNCTION find_sales_orders(filter jsonb, page_limit integer, page_offset bigint) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public ROWS 50
AS $$
BEGIN
    RETURN QUERY EXECUTE 'SELECT o.id FROM sales_orders o WHERE ' || sales_order_conditions(filter)
        || ' ORDER BY o.created_at DESC, o.id DESC LIMIT $3 OFFSET $4'
        USING current_team(), filter, page_limit, page_offset;
END $$;

-- The number of matching orders.
CREATE FUNCTION count_sales_orders(filter jsonb) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    found bigint;
BEGIN
    EXECUTE 'SELECT count(*) FROM sales_orders o WHERE ' || sales_order_conditions(filter)
        INTO found USING current_team(), filter;
    RETURN found;
END $$;
REVOKE ALL ON FUNCTION find_sales_orders(jsonb, integer, bigint), count_sales_orders(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_sales_orders(jsonb, integer, bigint), count_sales_orders(jsonb) TO throughline_team;

ALTER TABLE products ENABLE ROW LEVEL SECURITY;
ALTER TABLE sales_orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE sales_order_lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE stock_movements ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_team ON products TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON sales_orders TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON sales_order_lines TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON stock_movements TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY workers ON products TO throughline_system USING (true);
CREATE POLICY workers ON stock_movements TO throughline_system USING (true);
GRANT SELECT, INSERT, UPDATE ON products, sales_orders TO throughline_team;
GRANT SELECT, INSERT ON sales_order_lines, stock_movements TO throughline_team;
-- for `throughline verify stock`
GRANT SELECT ON products, stock_movements TO throughline_system;
