DROP TABLE ticket_comments, goods_receipt_items, tickets, goods_receipts, dispatch_items, dispatches, assignments,
    purchase_orders;
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
        ('min_total',       ' AND o.total_amount >= ($2 ->> ''min_total'')::numeric'),
        ('max_total',       ' AND o.total_amount <= ($2 ->> ''max_total'')::numeric')
    ) known (name, condition)
    WHERE filter ? name
$$;
ALTER TABLE sales_orders DROP COLUMN close_reason;
