with

source as (

    select * from {{ source_or_empty(
        source('tap_sage200', 'sales_ledger_transactions'),
        {
            'sales_ledger_transaction_id': 'bigint',
            'transaction_type': 'text',
            'account_number': 'text',
            'currency_code': 'text',
            'transaction_date': 'timestamp',
            'reference': 'text',
            'second_reference': 'text',
            'urn': 'text',
            'goods_value': 'numeric',
            'tax_value': 'numeric',
            'gross_value': 'numeric',
            'created_at': 'timestamp',
            '_sdc_extracted_at': 'timestamp',
            '_sdc_deleted_at': 'timestamp',
        },
    ) }}

),

renamed as (

    select
        sales_ledger_transaction_id,
        transaction_type,
        account_number,
        currency_code as account_currency,
        transaction_date::date as transaction_date,
        nullif(trim(reference), '') as reference,
        nullif(trim(second_reference), '') as second_reference,
        urn::text as urn,
        goods_value::numeric as net_account_currency,
        tax_value::numeric as tax_account_currency,
        gross_value::numeric as gross_account_currency,
        created_at at time zone 'UTC' as created_at,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed
