-- a filter and a projection are one level
-- SELECT a + 1 AS b FROM VALUES (1, 'x') AS t(a, s) WHERE s = 'x'
SELECT CAST((CAST("a#2" AS INTEGER) + CAST(1 AS INTEGER)) AS INTEGER) AS "b#4" FROM (SELECT "col1#0" AS "a#2", "col2#1" AS "s#3" FROM (SELECT "col1" AS "col1#0", "col2" AS "col2#1" FROM "leaf_0")) WHERE ("s#3" = 'x');

-- a group by windows is a group by their starts
-- SELECT action, window, count(*) AS count FROM VALUES (TIMESTAMP '2024-01-01 00:00:00', 'x') AS t(time, action) GROUP BY action, window(time, '1 hour')
SELECT CAST("action#6" AS VARCHAR) AS "action#6", CAST(struct_pack("start" := make_timestamptz("window#7"), "end" := make_timestamptz("window#7" + 3600000000)) AS STRUCT("start" TIMESTAMPTZ, "end" TIMESTAMPTZ)) AS "window#7", CAST(count(*) AS BIGINT) AS "count#8" FROM (SELECT "time#5", "action#6", epoch_us("time#5") - (epoch_us("time#5") + 1000000000800000000) % 3600000000 AS "window#7" FROM (SELECT "col1#3" AS "time#5", "col2#4" AS "action#6" FROM (SELECT "CAST(2024-01-01 00:00:00 AS TIMESTAMP)#1" AS "col1#3", "x#2" AS "col2#4" FROM (SELECT coalesce(CASE WHEN regexp_full_match('2024-01-01 00:00:00', '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T](?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,6})?') THEN make_timestamptz(epoch_us(TRY_CAST('2024-01-01 00:00:00' AS TIMESTAMP))) ELSE coalesce(make_timestamptz(epoch_us(spark_local_of_text(regexp_extract('2024-01-01 00:00:00', '^[\x00-\x20]*[+]?(-?[0-9]{4,7}-[0-9]{1,2}-[0-9]{1,2}(?:[ T](?:[01]?[0-9]|2[0-3])(?::[0-9]{1,2}(?::[0-9]{1,2}(?:[.][0-9]{0,6})?)?)?)?)[0-9]*[\x00-\x20]*$', 1)))), make_timestamptz(epoch_us(spark_short_local_of_text('2024-01-01 00:00:00'))), spark_zoned_of_text('2024-01-01 00:00:00')) END, CASE WHEN '2024-01-01 00:00:00' IS NOT NULL THEN error(concat('CAST_INVALID_INPUT|0|sourceType=STRING|targetType=TIMESTAMP||expression=', '2024-01-01 00:00:00')) END) AS "CAST(2024-01-01 00:00:00 AS TIMESTAMP)#1", 'x' AS "x#2" FROM (SELECT range AS "id#0" FROM range(0, 1, 1))))) WHERE "time#5" IS NOT NULL) GROUP BY "action#6", "window#7";

-- an order and a limit are one level
-- SELECT a FROM VALUES (1), (2) AS t(a) ORDER BY a LIMIT 1
SELECT CAST("a#1" AS INTEGER) AS "a#1" FROM (SELECT "col1#0" AS "a#1" FROM (SELECT "col1" AS "col1#0" FROM "leaf_0")) ORDER BY "a#1" ASC NULLS FIRST LIMIT 1;

-- a condition on groups stands outside
-- SELECT a, sum(b) AS s FROM VALUES (1, 2) AS t(a, b) GROUP BY a HAVING sum(b) > 1
SELECT CAST("a#2" AS INTEGER) AS "a#2", CAST("s#4" AS BIGINT) AS "s#4" FROM (SELECT "a#2", coalesce(TRY_CAST(sum("b#3") AS BIGINT), CASE WHEN sum("b#3") IS NOT NULL THEN error('ARITHMETIC_OVERFLOW|0|message=sum of INT') END) AS "s#4" FROM (SELECT "col1#0" AS "a#2", "col2#1" AS "b#3" FROM (SELECT "col1" AS "col1#0", "col2" AS "col2#1" FROM "leaf_0")) GROUP BY "a#2") WHERE ("s#4" > CAST(1 AS BIGINT));

-- a left join
-- SELECT t.a, u.b FROM VALUES (1) AS t(a) LEFT JOIN VALUES (1, 2) AS u(a, b) ON t.a = u.a
SELECT CAST("a#1" AS INTEGER) AS "a#1", CAST("b#5" AS INTEGER) AS "b#5" FROM (SELECT "col1#0" AS "a#1" FROM (SELECT "col1" AS "col1#0" FROM "leaf_0")) AS "left" LEFT JOIN (SELECT "col1#2" AS "a#4", "col2#3" AS "b#5" FROM (SELECT "col1" AS "col1#2", "col2" AS "col2#3" FROM "leaf_1")) AS "right" ON ("a#1" = "a#4");

-- a division checks its divisor
-- SELECT a / b FROM VALUES (1, 2) AS t(a, b)
SELECT CAST(CASE WHEN CAST("a#2" AS DOUBLE) IS NOT NULL AND CAST("b#3" AS DOUBLE) = 0 THEN error('DIVIDE_BY_ZERO|1') ELSE (CAST("a#2" AS DOUBLE) / nullif(CAST("b#3" AS DOUBLE), 0)) END AS DOUBLE) AS "(a / b)#4" FROM (SELECT "col1#0" AS "a#2", "col2#1" AS "b#3" FROM (SELECT "col1" AS "col1#0", "col2" AS "col2#1" FROM "leaf_0"));

-- text as a number
-- SELECT CAST(s AS INT) AS n FROM VALUES ('1') AS t(s)
SELECT CAST(coalesce(TRY_CAST(regexp_extract("s#1", '^[\x00-\x20]*([+-]?[0-9]+)[\x00-\x20]*$', 1) AS INTEGER), CASE WHEN "s#1" IS NOT NULL THEN error(concat('CAST_INVALID_INPUT|0|sourceType=STRING|targetType=INT||expression=', "s#1")) END) AS INTEGER) AS "n#2" FROM (SELECT "col1#0" AS "s#1" FROM (SELECT "col1" AS "col1#0" FROM "leaf_0"));

-- an interval leaves as microseconds
-- SELECT t - t AS i FROM VALUES (TIMESTAMP '2024-01-01 00:00:00') AS v(t)
SELECT epoch_us(to_microseconds(epoch_us("t#3") - epoch_us("t#3"))) AS "i#4" FROM (SELECT "col1#2" AS "t#3" FROM (SELECT "CAST(2024-01-01 00:00:00 AS TIMESTAMP)#1" AS "col1#2" FROM (SELECT coalesce(CASE WHEN regexp_full_match('2024-01-01 00:00:00', '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T](?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,6})?') THEN make_timestamptz(epoch_us(TRY_CAST('2024-01-01 00:00:00' AS TIMESTAMP))) ELSE coalesce(make_timestamptz(epoch_us(spark_local_of_text(regexp_extract('2024-01-01 00:00:00', '^[\x00-\x20]*[+]?(-?[0-9]{4,7}-[0-9]{1,2}-[0-9]{1,2}(?:[ T](?:[01]?[0-9]|2[0-3])(?::[0-9]{1,2}(?::[0-9]{1,2}(?:[.][0-9]{0,6})?)?)?)?)[0-9]*[\x00-\x20]*$', 1)))), make_timestamptz(epoch_us(spark_short_local_of_text('2024-01-01 00:00:00'))), spark_zoned_of_text('2024-01-01 00:00:00')) END, CASE WHEN '2024-01-01 00:00:00' IS NOT NULL THEN error(concat('CAST_INVALID_INPUT|0|sourceType=STRING|targetType=TIMESTAMP||expression=', '2024-01-01 00:00:00')) END) AS "CAST(2024-01-01 00:00:00 AS TIMESTAMP)#1" FROM (SELECT range AS "id#0" FROM range(0, 1, 1)))));
