"""Unsupported functions: names Spark knows and this engine has no row for.

A query that calls one is refused by name, not told that the function is unknown.
"""

from __future__ import annotations

__all__ = ["UNSUPPORTED_FUNCTIONS"]

UNSUPPORTED_FUNCTIONS: frozenset[str] = frozenset(
    """
    aes_decrypt aes_encrypt aggregate approx_percentile approx_top_k
    approx_top_k_accumulate approx_top_k_combine approx_top_k_estimate array_insert
    arrays_zip bit_get bitmap_and_agg bitmap_bit_position bitmap_bucket_number
    bitmap_construct_agg bitmap_count bitmap_or_agg case cast collate collation
    collations collect_union count_min_sketch counter_diff cume_dist current_catalog
    current_database current_path current_schema current_time current_user
    dense_rank exists explode explode_outer filter forall format_number from_avro
    from_base32 from_csv from_json from_protobuf from_xml get_json_object getbit
    grouping grouping_id histogram_numeric hll_sketch_agg hll_sketch_estimate
    hll_union hll_union_agg hmac inline inline_outer input_file_block_length
    input_file_block_start input_file_name is_valid_utf8 is_valid_variant
    is_variant_null jaro_winkler_similarity java_method json_array_length
    json_object_keys json_tuple kll_merge_agg_bigint kll_merge_agg_double
    kll_merge_agg_float kll_sketch_agg_bigint kll_sketch_agg_double
    kll_sketch_agg_float kll_sketch_get_n_bigint kll_sketch_get_n_double
    kll_sketch_get_n_float kll_sketch_get_quantile_bigint
    kll_sketch_get_quantile_double kll_sketch_get_quantile_float
    kll_sketch_get_rank_bigint kll_sketch_get_rank_double kll_sketch_get_rank_float
    kll_sketch_merge_bigint kll_sketch_merge_double kll_sketch_merge_float
    kll_sketch_to_string_bigint kll_sketch_to_string_double
    kll_sketch_to_string_float lag lead listagg localtime luhn_check make_interval
    make_time make_timestamp_ltz make_timestamp_ntz make_valid_utf8 map_concat
    map_filter map_from_entries map_zip_with mask measure mode
    monotonically_increasing_id nth_value ntile parse_json parse_url percent_rank
    percentile percentile_approx percentile_cont percentile_disc posexplode
    posexplode_outer python_worker_logs quote randstr range rank reduce reflect
    regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx
    regr_sxy regr_syy row_number schema_of_avro schema_of_csv schema_of_json
    schema_of_variant schema_of_variant_agg schema_of_xml sentences session_user
    shuffle spark_partition_id sql_keywords st_asbinary st_geogfromwkb
    st_geomfromwkb st_setsrid st_srid stack string_agg theta_difference
    theta_intersection theta_intersection_agg theta_sketch_agg theta_sketch_estimate
    theta_union theta_union_agg time time_bucket time_diff time_from_micros
    time_from_millis time_from_seconds time_to_micros time_to_millis time_to_seconds
    time_trunc timestamp_nanos to_avro to_base32 to_binary to_char to_csv to_json
    to_number to_protobuf to_time to_varchar to_variant_object to_xml transform
    transform_keys transform_values try_aes_decrypt try_make_interval
    try_make_timestamp try_make_timestamp_ltz try_make_timestamp_ntz try_parse_json
    try_parse_url try_reflect try_to_binary try_to_number try_to_time try_url_decode
    try_validate_utf8 try_variant_array_append try_variant_get try_variant_insert
    try_variant_set tuple_difference_double tuple_difference_integer
    tuple_difference_theta_double tuple_difference_theta_integer
    tuple_intersection_agg_double tuple_intersection_agg_integer
    tuple_intersection_double tuple_intersection_integer
    tuple_intersection_theta_double tuple_intersection_theta_integer
    tuple_sketch_agg_double tuple_sketch_agg_integer tuple_sketch_estimate_double
    tuple_sketch_estimate_integer tuple_sketch_summary_double
    tuple_sketch_summary_integer tuple_sketch_theta_double
    tuple_sketch_theta_integer tuple_union_agg_double tuple_union_agg_integer
    tuple_union_double tuple_union_integer tuple_union_theta_double
    tuple_union_theta_integer uniform unix_nanos url_decode url_encode user
    validate_utf8 variant_array_append variant_delete variant_explode
    variant_explode_outer variant_get variant_insert variant_set variant_strip_nulls
    vector_avg vector_cosine_similarity vector_inner_product vector_l2_distance
    vector_norm vector_normalize vector_sum version xpath xpath_boolean xpath_double
    xpath_float xpath_int xpath_long xpath_number xpath_short xpath_string zip_with
    """.split()
)
