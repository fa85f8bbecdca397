-- Manufacturing orders, shown by the import and mes APIs (docs/spec/common.md, "Manufacturing orders").

CREATE TABLE manufacturing_orders (
    team_id             uuid           NOT NULL REFERENCES teams,
    id                  uuid           NOT NULL,
    order_number        text COLLATE "C" NOT NULL
                        CHECK (char_length(order_number) BETWEEN 1 AND 100 AND btrim(order_number) = order_number
                               AND order_number !~ '[[:cntrl:]\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]'),
    erp_reference       text           CHECK (char_length(erp_reference) BETWEEN 1 AND 100),
    sku                 text COLLATE "C" NOT NULL
                        CHECK (char_length(sku) BETWEEN 1 AND 100 AND btrim(sku) = sku
                               AND sku !~ '[[:cntrl:]\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]'),
    description         text           NOT NULL CHECK (char_length(description) <= 2000),
    quantity            numeric(15, 3) NOT NULL CHECK (quantity > 0 AND quantity < 1000000000000),
    quantity_completed  numeric(15, 3) CHECK (quantity_completed >= 0 AND quantity_completed < 1000000000000),
    priority            smallint       NOT NULL CHECK (priority BETWEEN 1 AND 5),
    status              text           NOT NULL
                        CHECK (status IN ('pending', 'in_progress', 'on_hold', 'completed', 'cancelled')),
    held_status         text           CHECK (held_status IN ('pending', 'in_progress')),
    work_centre_number  integer,
    routing_id          uuid,
    routing_version     integer        CHECK (routing_version >= 1),
    scheduled_start     timestamptz    CHECK (isfinite(scheduled_start)),
    scheduled_end       timestamptz    CHECK (isfinite(scheduled_end)),
    actual_start        timestamptz    CHECK (isfinite(actual_start)),
    actual_end          timestamptz    CHECK (isfinite(actual_end)),
    notes               text           CHECK (char_length(notes) BETWEEN 1 AND 10000),
    custom_fields       jsonb          CHECK (jsonb_typeof(custom_fields) = 'object'),
    version             bigint         NOT NULL CHECK (version >= 1),
    created_at          timestamptz    NOT NULL,
    updated_at          timestamptz    NOT NULL,
    PRIMARY KEY (team_id, id),
    UNIQUE (team_id, order_number),
    FOREIGN KEY (team_id, work_centre_number) REFERENCES work_centres (team_id, number),
    CHECK (held_status IS NULL OR status = 'on_hold'),
    CHECK ((routing_id IS NULL) = (routing_version IS NULL))
);
COMMENT ON COLUMN manufacturing_orders.sku IS 'stock_code in the import API, productIdentifier in the mes API';
COMMENT ON COLUMN manufacturing_orders.scheduled_end IS 'a due_date of the import API is the last second of that day in the team''s time zone';
COMMENT ON COLUMN manufacturing_orders.held_status IS 'the status that an order on hold returns to, if known';
COMMENT ON COLUMN manufacturing_orders.version IS 'increases by 1 with every change; the sequence of the order''s events';

ALTER TABLE manufacturing_orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_team ON manufacturing_orders TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
GRANT SELECT, INSERT, UPDATE ON manufacturing_orders TO throughline_team;
