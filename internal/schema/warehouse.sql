-- The warehouse database after all its versions, for reading. Written by `make generate`; changes go into a new
-- version in warehouse/.

CREATE FUNCTION public.analyze_results() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET default_statistics_target TO '100'
    AS $$
begin
  analyze public.student_current;
  analyze public.assessment_outcome_current;
end
$$;

COMMENT ON FUNCTION public.analyze_results() IS 'Tells the planner about a batch that makes the tables another size; only their owner may.';

CREATE TABLE public.assessment (
    assessment_id integer NOT NULL,
    guid text NOT NULL,
    type smallint NOT NULL,
    subject text NOT NULL,
    academic_year smallint NOT NULL,
    period text DEFAULT ''::text NOT NULL,
    form_version text NOT NULL,
    effective_on date NOT NULL,
    score_min smallint NOT NULL,
    score_max smallint NOT NULL,
    level_names text[] NOT NULL,
    cut_points smallint[] NOT NULL,
    claim_numbers smallint[] NOT NULL,
    claim_names text[] NOT NULL,
    claim_score_min smallint[] NOT NULL,
    claim_score_max smallint[] NOT NULL,
    claim_level_names text[] NOT NULL,
    batch_id integer NOT NULL,
    from_version integer NOT NULL,
    to_version integer DEFAULT 2147483647 NOT NULL
);

COMMENT ON TABLE public.assessment IS 'One test of one subject and year. assessment_id stays the same over versions.';

COMMENT ON COLUMN public.assessment.cut_points IS 'Lowest score of levels 2, 3, ...';

CREATE SEQUENCE public.assessment_id
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.assessment_id OWNED BY public.assessment.assessment_id;

CREATE TABLE public.assessment_outcome (
    student_id integer NOT NULL,
    assessment_id integer NOT NULL,
    district_id integer NOT NULL,
    school_id integer NOT NULL,
    batch_id integer NOT NULL,
    from_version integer NOT NULL,
    to_version integer DEFAULT 2147483647 NOT NULL,
    taken_on date NOT NULL,
    location_id integer,
    academic_year smallint NOT NULL,
    type smallint NOT NULL,
    grade smallint NOT NULL,
    enrolled_grade smallint NOT NULL,
    score smallint,
    score_low smallint,
    score_high smallint,
    performance_level smallint,
    sex smallint NOT NULL,
    ethnicity smallint NOT NULL,
    race smallint NOT NULL,
    iep smallint NOT NULL,
    limited_english smallint NOT NULL,
    section_504 smallint NOT NULL,
    economic_disadvantage smallint NOT NULL,
    migrant smallint NOT NULL,
    complete smallint NOT NULL,
    condition smallint NOT NULL,
    subject text NOT NULL,
    claims smallint[],
    accommodations bytea
)
PARTITION BY RANGE (to_version);

ALTER TABLE ONLY public.assessment_outcome FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE public.assessment_outcome IS 'How a student did. Natural key: student, assessment, day taken. Codes: docs/formats/codes.md.';

COMMENT ON COLUMN public.assessment_outcome.race IS 'The seven race flags of the file, two bits each (edu.Race.Pack).';

COMMENT ON COLUMN public.assessment_outcome.iep IS 'Flags: 0 not stated, 1 no, 2 yes; likewise the four columns after it and complete.';

COMMENT ON COLUMN public.assessment_outcome.claims IS 'Four numbers per claim in the order of the assessment''s claims: score, low, high, level; absent values null.';

COMMENT ON COLUMN public.assessment_outcome.accommodations IS 'Fifteen use-codes, one byte each, in the order of edu.Accommodations; null when all are 0.';

CREATE TABLE public.assessment_outcome_closed (
    student_id integer NOT NULL,
    assessment_id integer NOT NULL,
    district_id integer NOT NULL,
    school_id integer NOT NULL,
    batch_id integer NOT NULL,
    from_version integer NOT NULL,
    to_version integer DEFAULT 2147483647 NOT NULL,
    taken_on date NOT NULL,
    location_id integer,
    academic_year smallint NOT NULL,
    type smallint NOT NULL,
    grade smallint NOT NULL,
    enrolled_grade smallint NOT NULL,
    score smallint,
    score_low smallint,
    score_high smallint,
    performance_level smallint,
    sex smallint NOT NULL,
    ethnicity smallint NOT NULL,
    race smallint NOT NULL,
    iep smallint NOT NULL,
    limited_english smallint NOT NULL,
    section_504 smallint NOT NULL,
    economic_disadvantage smallint NOT NULL,
    migrant smallint NOT NULL,
    complete smallint NOT NULL,
    condition smallint NOT NULL,
    subject text NOT NULL,
    claims smallint[],
    accommodations bytea
);

ALTER TABLE ONLY public.assessment_outcome_closed FORCE ROW LEVEL SECURITY;

CREATE TABLE public.assessment_outcome_current (
    student_id integer NOT NULL,
    assessment_id integer NOT NULL,
    district_id integer NOT NULL,
    school_id integer NOT NULL,
    batch_id integer NOT NULL,
    from_version integer NOT NULL,
    to_version integer DEFAULT 2147483647 NOT NULL,
    taken_on date NOT NULL,
    location_id integer,
    academic_year smallint NOT NULL,
    type smallint NOT NULL,
    grade smallint NOT NULL,
    enrolled_grade smallint NOT NULL,
    score smallint,
    score_low smallint,
    score_high smallint,
    performance_level smallint,
    sex smallint NOT NULL,
    ethnicity smallint NOT NULL,
    race smallint NOT NULL,
    iep smallint NOT NULL,
    limited_english smallint NOT NULL,
    section_504 smallint NOT NULL,
    economic_disadvantage smallint NOT NULL,
    migrant smallint NOT NULL,
    complete smallint NOT NULL,
    condition smallint NOT NULL,
    subject text NOT NULL,
    claims smallint[],
    accommodations bytea
)
WITH (autovacuum_vacuum_scale_factor='0.02');

ALTER TABLE ONLY public.assessment_outcome_current FORCE ROW LEVEL SECURITY;

CREATE TABLE public.confirmed_dimension (
    dimension text NOT NULL,
    id integer NOT NULL,
    batch_id integer NOT NULL,
    CONSTRAINT confirmed_dimension_dimension_check CHECK ((dimension = ANY (ARRAY['assessment'::text, 'district'::text, 'school'::text, 'student'::text])))
);

COMMENT ON TABLE public.confirmed_dimension IS 'As confirmed_outcome, for assessments, districts, schools and students. id is the dimension''s own.';

CREATE TABLE public.confirmed_outcome (
    student_id integer NOT NULL,
    assessment_id integer NOT NULL,
    taken_on date NOT NULL,
    batch_id integer NOT NULL
);

COMMENT ON TABLE public.confirmed_outcome IS 'Current results that a later batch brought again unchanged while one between the two was still to be published: that one must not change them. Such a batch makes no row versions.';

CREATE VIEW public.countable_outcome AS
 SELECT o.academic_year,
    o.subject,
    o.district_id,
    o.school_id,
    o.grade,
    o.performance_level,
    o.sex,
    o.ethnicity,
    o.iep,
    o.limited_english,
    o.section_504,
    o.economic_disadvantage,
    o.migrant,
    o.complete
   FROM public.assessment_outcome o
  WHERE ((o.from_version <= ( SELECT (NULLIF(current_setting('scope.version'::text, true), ''::text))::integer AS "nullif")) AND (o.to_version > ( SELECT (NULLIF(current_setting('scope.version'::text, true), ''::text))::integer AS "nullif")) AND (o.type = 1) AND (o.condition = ANY (ARRAY[0, 1])) AND (o.performance_level IS NOT NULL));

COMMENT ON VIEW public.countable_outcome IS 'Summative results that are valid and have a level, in the version that the transaction has set (scope.version), whether a newer result of the student replaces them (superseded_outcome) or not. Nothing in a row tells one student from another.';

CREATE VIEW public.counted_change AS
 WITH span AS MATERIALIZED (
         SELECT (NULLIF(current_setting('scope.since'::text, true), ''::text))::integer AS since,
            (NULLIF(current_setting('scope.version'::text, true), ''::text))::integer AS version,
            COALESCE((NULLIF(current_setting('scope.share'::text, true), ''::text))::integer, 0) AS share,
            COALESCE((NULLIF(current_setting('scope.shares'::text, true), ''::text))::integer, 1) AS shares
        ), changed AS MATERIALIZED (
         SELECT assessment_outcome.student_id,
            assessment_outcome.academic_year,
            assessment_outcome.subject,
            false AS was,
            assessment_outcome.taken_on,
            assessment_outcome.batch_id,
            assessment_outcome.assessment_id,
            assessment_outcome.district_id,
            assessment_outcome.school_id,
            assessment_outcome.grade,
            assessment_outcome.performance_level,
            assessment_outcome.sex,
            assessment_outcome.ethnicity,
            assessment_outcome.iep,
            assessment_outcome.limited_english,
            assessment_outcome.section_504,
            assessment_outcome.economic_disadvantage,
            assessment_outcome.migrant,
            assessment_outcome.complete
           FROM public.assessment_outcome
          WHERE ((assessment_outcome.from_version > ( SELECT span.since
                   FROM span)) AND (assessment_outcome.from_version <= ( SELECT span.version
                   FROM span)) AND (assessment_outcome.to_version > ( SELECT span.version
                   FROM span)) AND (assessment_outcome.type = 1) AND (assessment_outcome.condition = ANY (ARRAY[0, 1])) AND (assessment_outcome.performance_level IS NOT NULL) AND ((assessment_outcome.student_id % ( SELECT span.shares
                   FROM span)) = ( SELECT span.share
                   FROM span)))
        UNION ALL
         SELECT assessment_outcome.student_id,
            assessment_outcome.academic_year,
            assessment_outcome.subject,
            true,
            assessment_outcome.taken_on,
            assessment_outcome.batch_id,
            assessment_outcome.assessment_id,
            assessment_outcome.district_id,
            assessment_outcome.school_id,
            assessment_outcome.grade,
            assessment_outcome.performance_level,
            assessment_outcome.sex,
            assessment_outcome.ethnicity,
            assessment_outcome.iep,
            assessment_outcome.limited_english,
            assessment_outcome.section_504,
            assessment_outcome.economic_disadvantage,
            assessment_outcome.migrant,
            assessment_outcome.complete
           FROM public.assessment_outcome
          WHERE ((assessment_outcome.to_version > ( SELECT span.since
                   FROM span)) AND (assessment_outcome.to_version <= ( SELECT span.version
                   FROM span)) AND (assessment_outcome.from_version <= ( SELECT span.since
                   FROM span)) AND (assessment_outcome.type = 1) AND (assessment_outcome.condition = ANY (ARRAY[0, 1])) AND (assessment_outcome.performance_level IS NOT NULL) AND ((assessment_outcome.student_id % ( SELECT span.shares
                   FROM span)) = ( SELECT span.share
                   FROM span)))
        ), other AS MATERIALIZED (
         SELECT o.student_id,
            o.academic_year,
            o.subject,
            o.taken_on,
            o.batch_id,
            o.assessment_id,
            o.district_id,
            o.school_id,
            o.grade,
            o.performance_level,
            o.sex,
            o.ethnicity,
            o.iep,
            o.limited_english,
            o.section_504,
            o.economic_disadvantage,
            o.migrant,
            o.complete
           FROM (( SELECT DISTINCT changed.student_id,
                    changed.academic_year,
                    changed.subject
                   FROM changed
                  ORDER BY changed.student_id) c
             JOIN public.assessment_outcome_current o ON (((o.student_id = c.student_id) AND (o.academic_year = c.academic_year) AND (o.subject = c.subject))))
          WHERE ((o.from_version <= ( SELECT span.since
                   FROM span)) AND (o.type = 1) AND (o.condition = ANY (ARRAY[0, 1])) AND (o.performance_level IS NOT NULL))
        UNION ALL
         SELECT o.student_id,
            o.academic_year,
            o.subject,
            o.taken_on,
            o.batch_id,
            o.assessment_id,
            o.district_id,
            o.school_id,
            o.grade,
            o.performance_level,
            o.sex,
            o.ethnicity,
            o.iep,
            o.limited_english,
            o.section_504,
            o.economic_disadvantage,
            o.migrant,
            o.complete
           FROM public.assessment_outcome o
          WHERE ((o.to_version > ( SELECT span.version
                   FROM span)) AND (o.to_version < 2147483647) AND (o.from_version <= ( SELECT span.since
                   FROM span)) AND (o.type = 1) AND (o.condition = ANY (ARRAY[0, 1])) AND (o.performance_level IS NOT NULL) AND (EXISTS ( SELECT
                   FROM changed c
                  WHERE ((c.student_id = o.student_id) AND (c.academic_year = o.academic_year) AND (c.subject = o.subject)))))
        )
 SELECT '-1'::integer AS more,
    before.academic_year,
    before.subject,
    before.district_id,
    before.school_id,
    before.grade,
    before.performance_level,
    before.sex,
    before.ethnicity,
    before.iep,
    before.limited_english,
    before.section_504,
    before.economic_disadvantage,
    before.migrant,
    before.complete
   FROM ( SELECT DISTINCT ON (held.student_id, held.academic_year, held.subject) held.student_id,
            held.academic_year,
            held.subject,
            held.was,
            held.taken_on,
            held.batch_id,
            held.assessment_id,
            held.district_id,
            held.school_id,
            held.grade,
            held.performance_level,
            held.sex,
            held.ethnicity,
            held.iep,
            held.limited_english,
            held.section_504,
            held.economic_disadvantage,
            held.migrant,
            held.complete
           FROM ( SELECT changed.student_id,
                    changed.academic_year,
                    changed.subject,
                    changed.was,
                    changed.taken_on,
                    changed.batch_id,
                    changed.assessment_id,
                    changed.district_id,
                    changed.school_id,
                    changed.grade,
                    changed.performance_level,
                    changed.sex,
                    changed.ethnicity,
                    changed.iep,
                    changed.limited_english,
                    changed.section_504,
                    changed.economic_disadvantage,
                    changed.migrant,
                    changed.complete
                   FROM changed
                  WHERE changed.was
                UNION ALL
                 SELECT other.student_id,
                    other.academic_year,
                    other.subject,
                    true,
                    other.taken_on,
                    other.batch_id,
                    other.assessment_id,
                    other.district_id,
                    other.school_id,
                    other.grade,
                    other.performance_level,
                    other.sex,
                    other.ethnicity,
                    other.iep,
                    other.limited_english,
                    other.section_504,
                    other.economic_disadvantage,
                    other.migrant,
                    other.complete
                   FROM other) held
          ORDER BY held.student_id, held.academic_year, held.subject, held.taken_on DESC, held.batch_id DESC, held.assessment_id DESC) before
UNION ALL
 SELECT 1 AS more,
    after.academic_year,
    after.subject,
    after.district_id,
    after.school_id,
    after.grade,
    after.performance_level,
    after.sex,
    after.ethnicity,
    after.iep,
    after.limited_english,
    after.section_504,
    after.economic_disadvantage,
    after.migrant,
    after.complete
   FROM ( SELECT DISTINCT ON (held.student_id, held.academic_year, held.subject) held.student_id,
            held.academic_year,
            held.subject,
            held.was,
            held.taken_on,
            held.batch_id,
            held.assessment_id,
            held.district_id,
            held.school_id,
            held.grade,
            held.performance_level,
            held.sex,
            held.ethnicity,
            held.iep,
            held.limited_english,
            held.section_504,
            held.economic_disadvantage,
            held.migrant,
            held.complete
           FROM ( SELECT changed.student_id,
                    changed.academic_year,
                    changed.subject,
                    changed.was,
                    changed.taken_on,
                    changed.batch_id,
                    changed.assessment_id,
                    changed.district_id,
                    changed.school_id,
                    changed.grade,
                    changed.performance_level,
                    changed.sex,
                    changed.ethnicity,
                    changed.iep,
                    changed.limited_english,
                    changed.section_504,
                    changed.economic_disadvantage,
                    changed.migrant,
                    changed.complete
                   FROM changed
                  WHERE (NOT changed.was)
                UNION ALL
                 SELECT other.student_id,
                    other.academic_year,
                    other.subject,
                    false,
                    other.taken_on,
                    other.batch_id,
                    other.assessment_id,
                    other.district_id,
                    other.school_id,
                    other.grade,
                    other.performance_level,
                    other.sex,
                    other.ethnicity,
                    other.iep,
                    other.limited_english,
                    other.section_504,
                    other.economic_disadvantage,
                    other.migrant,
                    other.complete
                   FROM other) held
          ORDER BY held.student_id, held.academic_year, held.subject, held.taken_on DESC, held.batch_id DESC, held.assessment_id DESC) after;

COMMENT ON VIEW public.counted_change IS 'Summative results that count no more (more = -1) and that count now (1), from scope.since to scope.version, as counted_outcome decides; of the students of scope.share. What is on both sides cancels out. Nothing in a row tells one student from another.';

CREATE VIEW public.counted_outcome AS
 SELECT (NULLIF(current_setting('scope.version'::text, true), ''::text))::integer AS version,
    o.academic_year,
    o.subject,
    o.district_id,
    o.school_id,
    o.grade,
    o.performance_level,
    o.sex,
    o.ethnicity,
    o.iep,
    o.limited_english,
    o.section_504,
    o.economic_disadvantage,
    o.migrant,
    o.complete
   FROM public.assessment_outcome o
  WHERE ((o.from_version <= (NULLIF(current_setting('scope.version'::text, true), ''::text))::integer) AND (o.to_version > (NULLIF(current_setting('scope.version'::text, true), ''::text))::integer) AND (o.type = 1) AND (o.condition = ANY (ARRAY[0, 1])) AND (o.performance_level IS NOT NULL) AND (NOT (EXISTS ( SELECT
           FROM public.assessment_outcome n
          WHERE ((n.student_id = o.student_id) AND (n.from_version <= (NULLIF(current_setting('scope.version'::text, true), ''::text))::integer) AND (n.to_version > (NULLIF(current_setting('scope.version'::text, true), ''::text))::integer) AND (n.academic_year = o.academic_year) AND (n.type = 1) AND (n.subject = o.subject) AND (n.condition = ANY (ARRAY[0, 1])) AND (n.performance_level IS NOT NULL) AND (ROW(n.taken_on, n.batch_id, n.assessment_id) > ROW(o.taken_on, o.batch_id, o.assessment_id)))))));

COMMENT ON VIEW public.counted_outcome IS 'Summative results that count, in the version that the transaction has set (scope.version): a student counts once per year and subject, by the newest valid result anywhere in the state (day taken, then batch), demographics as they were then. Nothing in a row tells one student from another.';

CREATE TABLE public.custom_metadata (
    state_code text NOT NULL,
    asmt_subject text DEFAULT ''::text NOT NULL,
    asmt_custom_metadata text NOT NULL
);

COMMENT ON TABLE public.custom_metadata IS 'Operators'' settings (runbook 7.1.2.3.2): JSON with min_cell_size, colors, branding. An empty subject means all subjects.';

CREATE TABLE public.deleted_outcome (
    student_code text NOT NULL,
    assessment_guid text NOT NULL,
    taken_on date NOT NULL,
    batch_id integer NOT NULL
);

COMMENT ON TABLE public.deleted_outcome IS 'Results that senders asked to delete, found or not, with the last batch that asked: an earlier one published later must not bring them back.';

CREATE TABLE public.district (
    district_id integer NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    batch_id integer NOT NULL,
    from_version integer NOT NULL,
    to_version integer DEFAULT 2147483647 NOT NULL
);

COMMENT ON TABLE public.district IS 'Responsible districts. district_id stays the same over versions.';

CREATE SEQUENCE public.district_id
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.district_id OWNED BY public.district.district_id;

CREATE VIEW public.interim_change AS
 WITH span AS MATERIALIZED (
         SELECT (NULLIF(current_setting('scope.since'::text, true), ''::text))::integer AS since,
            (NULLIF(current_setting('scope.version'::text, true), ''::text))::integer AS version
        )
 SELECT 1 AS more,
    assessment_outcome.academic_year,
    assessment_outcome.type,
    assessment_outcome.subject,
    assessment_outcome.district_id,
    assessment_outcome.school_id,
    assessment_outcome.grade
   FROM public.assessment_outcome
  WHERE ((assessment_outcome.from_version > ( SELECT span.since
           FROM span)) AND (assessment_outcome.from_version <= ( SELECT span.version
           FROM span)) AND (assessment_outcome.to_version > ( SELECT span.version
           FROM span)) AND (assessment_outcome.type = ANY (ARRAY[2, 3])))
UNION ALL
 SELECT '-1'::integer AS more,
    assessment_outcome.academic_year,
    assessment_outcome.type,
    assessment_outcome.subject,
    assessment_outcome.district_id,
    assessment_outcome.school_id,
    assessment_outcome.grade
   FROM public.assessment_outcome
  WHERE ((assessment_outcome.to_version > ( SELECT span.since
           FROM span)) AND (assessment_outcome.to_version <= ( SELECT span.version
           FROM span)) AND (assessment_outcome.from_version <= ( SELECT span.since
           FROM span)) AND (assessment_outcome.type = ANY (ARRAY[2, 3])));

COMMENT ON VIEW public.interim_change IS 'Interim results that came (more = 1) and went (-1) from scope.since to scope.version, without score or student.';

CREATE VIEW public.interim_outcome AS
 SELECT (NULLIF(current_setting('scope.version'::text, true), ''::text))::integer AS version,
    o.academic_year,
    o.type,
    o.subject,
    o.district_id,
    o.school_id,
    o.grade
   FROM public.assessment_outcome o
  WHERE ((o.from_version <= (NULLIF(current_setting('scope.version'::text, true), ''::text))::integer) AND (o.to_version > (NULLIF(current_setting('scope.version'::text, true), ''::text))::integer) AND (o.type = ANY (ARRAY[2, 3])));

COMMENT ON VIEW public.interim_outcome IS 'Interim results, in the version that the transaction has set (scope.version), without score or student.';

CREATE TABLE public.location (
    location_id integer NOT NULL,
    code text,
    name text
);

COMMENT ON TABLE public.location IS 'Where an assessment was taken. Never changes: another name is another row.';

ALTER TABLE public.location ALTER COLUMN location_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.location_location_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.own_text (
    language text NOT NULL,
    key text NOT NULL,
    text text NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT own_text_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200))),
    CONSTRAINT own_text_language_check CHECK ((language ~ '^[A-Za-z-]{2,16}$'::text)),
    CONSTRAINT own_text_text_check CHECK ((length(text) <= 8000))
);

COMMENT ON TABLE public.own_text IS 'Texts of pages that the state has in its own words, by language and key (docs/languages.md). scorehouse text set checks them; what does not fit is not used.';

CREATE TABLE public.publication (
    version integer NOT NULL,
    batch_id integer NOT NULL,
    kind text NOT NULL,
    published_at timestamp with time zone DEFAULT now() NOT NULL,
    rows_staged bigint DEFAULT 0 NOT NULL,
    rows_new bigint DEFAULT 0 NOT NULL,
    rows_changed bigint DEFAULT 0 NOT NULL,
    rows_same bigint DEFAULT 0 NOT NULL,
    rows_older bigint DEFAULT 0 NOT NULL,
    rows_deleted bigint DEFAULT 0 NOT NULL,
    rows_rejected bigint DEFAULT 0 NOT NULL,
    CONSTRAINT publication_check CHECK ((rows_staged = (((((rows_new + rows_changed) + rows_same) + rows_older) + rows_deleted) + rows_rejected))),
    CONSTRAINT publication_kind_check CHECK ((kind = ANY (ARRAY['publish'::text, 'withdraw'::text])))
);

COMMENT ON TABLE public.publication IS 'The truth about what is in the warehouse: one row per version, written in the transaction that made it.';

COMMENT ON COLUMN public.publication.rows_staged IS 'Rows of the batch. Each is counted once in the columns after it; a delete and a create of one result are an update, and both rows count as what the create is.';

COMMENT ON COLUMN public.publication.rows_older IS 'Rows left out because a batch that arrived later brought or deleted the same result already.';

COMMENT ON COLUMN public.publication.rows_rejected IS 'Deletes without a current result, code 1000.';

CREATE TABLE public.schema_version (
    version integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE public.schema_version IS 'One row per schema version that was applied. Written by package schema alone.';

COMMENT ON COLUMN public.schema_version.checksum IS 'SHA-256 of the version''s file, in hex.';

CREATE TABLE public.school (
    school_id integer NOT NULL,
    district_id integer NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    batch_id integer NOT NULL,
    from_version integer NOT NULL,
    to_version integer DEFAULT 2147483647 NOT NULL
);

COMMENT ON TABLE public.school IS 'Responsible schools. school_id stays the same over versions; a code is unique within its district.';

CREATE SEQUENCE public.school_id
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.school_id OWNED BY public.school.school_id;

CREATE TABLE public.student (
    student_id integer NOT NULL,
    code text NOT NULL,
    external_id text,
    first_name text,
    middle_name text,
    last_name text,
    birth_on date,
    sex smallint NOT NULL,
    group_ids text[],
    group_names text[],
    batch_id integer NOT NULL,
    from_version integer NOT NULL,
    to_version integer DEFAULT 2147483647 NOT NULL
)
PARTITION BY RANGE (to_version);

ALTER TABLE ONLY public.student FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE public.student IS 'Who a student is. student_id stays the same over versions. Demographics as tested are on the outcome.';

COMMENT ON COLUMN public.student.code IS 'StudentIdentifier, unique in the state.';

CREATE TABLE public.student_closed (
    student_id integer NOT NULL,
    code text NOT NULL,
    external_id text,
    first_name text,
    middle_name text,
    last_name text,
    birth_on date,
    sex smallint NOT NULL,
    group_ids text[],
    group_names text[],
    batch_id integer NOT NULL,
    from_version integer NOT NULL,
    to_version integer DEFAULT 2147483647 NOT NULL
);

ALTER TABLE ONLY public.student_closed FORCE ROW LEVEL SECURITY;

CREATE TABLE public.student_current (
    student_id integer NOT NULL,
    code text NOT NULL,
    external_id text,
    first_name text,
    middle_name text,
    last_name text,
    birth_on date,
    sex smallint NOT NULL,
    group_ids text[],
    group_names text[],
    batch_id integer NOT NULL,
    from_version integer NOT NULL,
    to_version integer DEFAULT 2147483647 NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02');

ALTER TABLE ONLY public.student_current FORCE ROW LEVEL SECURITY;

CREATE SEQUENCE public.student_id
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.student_id OWNED BY public.student.student_id;

CREATE VIEW public.superseded_outcome AS
 WITH span AS MATERIALIZED (
         SELECT (NULLIF(current_setting('scope.version'::text, true), ''::text))::integer AS version
        ), known AS MATERIALIZED (
         SELECT array_agg(COALESCE(b."bit", 0) ORDER BY g.n) AS bits
           FROM (generate_series(1, ( SELECT max(assessment.assessment_id) AS max
                   FROM public.assessment)) g(n)
             LEFT JOIN ( SELECT assessment.assessment_id,
                    (1 << ((dense_rank() OVER (ORDER BY assessment.academic_year, assessment.subject) % (30)::bigint))::integer) AS "bit"
                   FROM public.assessment
                  WHERE ((assessment.to_version = 2147483647) AND (assessment.type = 1))) b ON ((b.assessment_id = g.n)))
        ), candidate AS MATERIALIZED (
         SELECT assessment_outcome_current.student_id
           FROM public.assessment_outcome_current
          GROUP BY assessment_outcome_current.student_id
         HAVING (sum((( SELECT known.bits
                   FROM known))[assessment_outcome_current.assessment_id]) <> bit_or((( SELECT known.bits
                   FROM known))[assessment_outcome_current.assessment_id]))
        UNION
         SELECT assessment_outcome.student_id
           FROM public.assessment_outcome
          WHERE ((assessment_outcome.to_version > ( SELECT span.version
                   FROM span)) AND (assessment_outcome.to_version < 2147483647))
        ), held AS MATERIALIZED (
         SELECT o_1.student_id,
            o_1.academic_year,
            o_1.subject,
            o_1.taken_on,
            o_1.batch_id,
            o_1.assessment_id,
            o_1.district_id,
            o_1.school_id,
            o_1.grade,
            o_1.performance_level,
            o_1.sex,
            o_1.ethnicity,
            o_1.iep,
            o_1.limited_english,
            o_1.section_504,
            o_1.economic_disadvantage,
            o_1.migrant,
            o_1.complete
           FROM (candidate c
             JOIN public.assessment_outcome o_1 ON ((o_1.student_id = c.student_id)))
          WHERE ((o_1.from_version <= ( SELECT span.version
                   FROM span)) AND (o_1.to_version > ( SELECT span.version
                   FROM span)) AND (o_1.type = 1) AND (o_1.condition = ANY (ARRAY[0, 1])) AND (o_1.performance_level IS NOT NULL))
        )
 SELECT o.academic_year,
    o.subject,
    o.district_id,
    o.school_id,
    o.grade,
    o.performance_level,
    o.sex,
    o.ethnicity,
    o.iep,
    o.limited_english,
    o.section_504,
    o.economic_disadvantage,
    o.migrant,
    o.complete
   FROM held o
  WHERE (EXISTS ( SELECT
           FROM held n
          WHERE ((n.student_id = o.student_id) AND (n.academic_year = o.academic_year) AND (n.subject = o.subject) AND (ROW(n.taken_on, n.batch_id, n.assessment_id) > ROW(o.taken_on, o.batch_id, o.assessment_id)))));

COMMENT ON VIEW public.superseded_outcome IS 'Results of countable_outcome that do not count, since the student has a newer one of the year and subject (day taken, then batch). Nothing in a row tells one student from another.';

ALTER TABLE ONLY public.assessment_outcome ATTACH PARTITION public.assessment_outcome_closed FOR VALUES FROM (MINVALUE) TO (2147483647);

ALTER TABLE ONLY public.assessment_outcome ATTACH PARTITION public.assessment_outcome_current FOR VALUES FROM (2147483647) TO (MAXVALUE);

ALTER TABLE ONLY public.student ATTACH PARTITION public.student_closed FOR VALUES FROM (MINVALUE) TO (2147483647);

ALTER TABLE ONLY public.student ATTACH PARTITION public.student_current FOR VALUES FROM (2147483647) TO (MAXVALUE);

ALTER TABLE ONLY public.assessment
    ADD CONSTRAINT assessment_pkey PRIMARY KEY (assessment_id, from_version);

ALTER TABLE ONLY public.confirmed_dimension
    ADD CONSTRAINT confirmed_dimension_pkey PRIMARY KEY (dimension, id);

ALTER TABLE ONLY public.confirmed_outcome
    ADD CONSTRAINT confirmed_outcome_pkey PRIMARY KEY (student_id, assessment_id, taken_on);

ALTER TABLE ONLY public.custom_metadata
    ADD CONSTRAINT custom_metadata_pkey PRIMARY KEY (state_code, asmt_subject);

ALTER TABLE ONLY public.deleted_outcome
    ADD CONSTRAINT deleted_outcome_pkey PRIMARY KEY (student_code, assessment_guid, taken_on);

ALTER TABLE ONLY public.district
    ADD CONSTRAINT district_pkey PRIMARY KEY (district_id, from_version);

ALTER TABLE ONLY public.location
    ADD CONSTRAINT location_code_name_key UNIQUE NULLS NOT DISTINCT (code, name);

ALTER TABLE ONLY public.location
    ADD CONSTRAINT location_pkey PRIMARY KEY (location_id);

ALTER TABLE ONLY public.own_text
    ADD CONSTRAINT own_text_pkey PRIMARY KEY (language, key);

ALTER TABLE ONLY public.publication
    ADD CONSTRAINT publication_batch_id_kind_key UNIQUE (batch_id, kind);

ALTER TABLE ONLY public.publication
    ADD CONSTRAINT publication_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.schema_version
    ADD CONSTRAINT schema_version_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.school
    ADD CONSTRAINT school_pkey PRIMARY KEY (school_id, from_version);

CREATE UNIQUE INDEX assessment_guid_idx ON public.assessment USING btree (guid) WHERE (to_version = 2147483647);

CREATE INDEX assessment_outcome_closed_from_version_idx ON public.assessment_outcome_closed USING btree (from_version);

CREATE INDEX assessment_outcome_closed_school_id_grade_idx ON public.assessment_outcome_closed USING btree (school_id, grade);

CREATE INDEX assessment_outcome_closed_student_id_assessment_id_idx ON public.assessment_outcome_closed USING btree (student_id, assessment_id);

CREATE INDEX assessment_outcome_closed_to_version_idx ON public.assessment_outcome_closed USING btree (to_version);

CREATE INDEX assessment_outcome_current_from_version_idx ON public.assessment_outcome_current USING btree (from_version);

CREATE INDEX assessment_outcome_current_school_id_grade_idx ON public.assessment_outcome_current USING btree (school_id, grade);

CREATE UNIQUE INDEX assessment_outcome_current_student_id_assessment_id_taken_o_idx ON public.assessment_outcome_current USING btree (student_id, assessment_id, taken_on);

CREATE UNIQUE INDEX district_code_idx ON public.district USING btree (code) WHERE (to_version = 2147483647);

CREATE UNIQUE INDEX school_district_id_code_idx ON public.school USING btree (district_id, code) WHERE (to_version = 2147483647);

CREATE INDEX student_closed_code_idx ON public.student_closed USING btree (code);

CREATE INDEX student_closed_from_version_idx ON public.student_closed USING btree (from_version);

CREATE INDEX student_closed_student_id_idx ON public.student_closed USING btree (student_id);

CREATE INDEX student_closed_to_version_idx ON public.student_closed USING btree (to_version);

CREATE UNIQUE INDEX student_current_code_idx ON public.student_current USING btree (code);

CREATE INDEX student_current_from_version_idx ON public.student_current USING btree (from_version);

CREATE UNIQUE INDEX student_current_student_id_idx ON public.student_current USING btree (student_id);

ALTER TABLE public.assessment_outcome ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.assessment_outcome_closed ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.assessment_outcome_current ENABLE ROW LEVEL SECURITY;

CREATE POLICY count ON public.assessment_outcome FOR SELECT TO scorehouse_views USING (true);

CREATE POLICY count ON public.assessment_outcome_current FOR SELECT TO scorehouse_views USING (true);

CREATE POLICY read_scope ON public.assessment_outcome FOR SELECT TO scorehouse_reader USING (((from_version <= ( SELECT (NULLIF(current_setting('scope.version'::text, true), ''::text))::integer AS "nullif")) AND (to_version > ( SELECT (NULLIF(current_setting('scope.version'::text, true), ''::text))::integer AS "nullif")) AND (( SELECT (current_setting('scope.students'::text, true) = 'all'::text)) OR (district_id IN ( SELECT unnest((NULLIF(current_setting('scope.districts'::text, true), ''::text))::integer[]) AS unnest)) OR (school_id IN ( SELECT unnest((NULLIF(current_setting('scope.schools'::text, true), ''::text))::integer[]) AS unnest)))));

COMMENT ON POLICY read_scope ON public.assessment_outcome IS 'Results that hold in the version read, of the institutions of the scope.';

CREATE POLICY read_scope ON public.student FOR SELECT TO scorehouse_reader USING ((( SELECT (current_setting('scope.students'::text, true) = 'all'::text)) OR (EXISTS ( SELECT
   FROM public.assessment_outcome o
  WHERE (o.student_id = student.student_id)))));

COMMENT ON POLICY read_scope ON public.student IS 'Students with a result in the scope, in the version read.';

ALTER TABLE public.student ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.student_closed ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.student_current ENABLE ROW LEVEL SECURITY;

CREATE POLICY write ON public.assessment_outcome TO scorehouse_migrator USING (true) WITH CHECK (true);

CREATE POLICY write ON public.assessment_outcome_current TO scorehouse_migrator USING (true) WITH CHECK (true);

CREATE POLICY write ON public.student TO scorehouse_migrator USING (true) WITH CHECK (true);

CREATE POLICY write ON public.student_current TO scorehouse_migrator USING (true) WITH CHECK (true);

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO scorehouse_migrator;
GRANT USAGE ON SCHEMA public TO scorehouse_printer;
GRANT USAGE ON SCHEMA public TO scorehouse_web;
GRANT USAGE ON SCHEMA public TO scorehouse_reader;
GRANT USAGE ON SCHEMA public TO scorehouse_aggregate;
GRANT USAGE ON SCHEMA public TO scorehouse_views;

REVOKE ALL ON FUNCTION public.analyze_results() FROM PUBLIC;
GRANT ALL ON FUNCTION public.analyze_results() TO scorehouse_migrator;

GRANT SELECT,INSERT,UPDATE ON TABLE public.assessment TO scorehouse_migrator;
GRANT SELECT ON TABLE public.assessment TO scorehouse_reader;
GRANT SELECT ON TABLE public.assessment TO scorehouse_aggregate;
GRANT SELECT ON TABLE public.assessment TO scorehouse_views;

GRANT USAGE ON SEQUENCE public.assessment_id TO scorehouse_migrator;

GRANT SELECT,INSERT,UPDATE ON TABLE public.assessment_outcome TO scorehouse_migrator;
GRANT SELECT ON TABLE public.assessment_outcome TO scorehouse_reader;
GRANT SELECT ON TABLE public.assessment_outcome TO scorehouse_views;

GRANT SELECT,INSERT,UPDATE ON TABLE public.assessment_outcome_current TO scorehouse_migrator;
GRANT SELECT ON TABLE public.assessment_outcome_current TO scorehouse_views;

GRANT SELECT,INSERT,UPDATE ON TABLE public.confirmed_dimension TO scorehouse_migrator;

GRANT SELECT,INSERT,UPDATE ON TABLE public.confirmed_outcome TO scorehouse_migrator;

REVOKE ALL ON TABLE public.countable_outcome FROM scorehouse_views;
GRANT SELECT ON TABLE public.countable_outcome TO scorehouse_aggregate;

REVOKE ALL ON TABLE public.counted_change FROM scorehouse_views;
GRANT SELECT ON TABLE public.counted_change TO scorehouse_aggregate;

REVOKE ALL ON TABLE public.counted_outcome FROM scorehouse_views;
GRANT SELECT ON TABLE public.counted_outcome TO scorehouse_aggregate;

GRANT SELECT ON TABLE public.custom_metadata TO scorehouse_aggregate;

GRANT SELECT,INSERT,UPDATE ON TABLE public.deleted_outcome TO scorehouse_migrator;

GRANT SELECT,INSERT,UPDATE ON TABLE public.district TO scorehouse_migrator;
GRANT SELECT ON TABLE public.district TO scorehouse_printer;
GRANT SELECT ON TABLE public.district TO scorehouse_web;
GRANT SELECT ON TABLE public.district TO scorehouse_reader;
GRANT SELECT ON TABLE public.district TO scorehouse_aggregate;

GRANT USAGE ON SEQUENCE public.district_id TO scorehouse_migrator;

REVOKE ALL ON TABLE public.interim_change FROM scorehouse_views;
GRANT SELECT ON TABLE public.interim_change TO scorehouse_aggregate;

REVOKE ALL ON TABLE public.interim_outcome FROM scorehouse_views;
GRANT SELECT ON TABLE public.interim_outcome TO scorehouse_aggregate;

GRANT SELECT,INSERT,UPDATE ON TABLE public.location TO scorehouse_migrator;
GRANT SELECT ON TABLE public.location TO scorehouse_reader;

GRANT USAGE ON SEQUENCE public.location_location_id_seq TO scorehouse_migrator;

GRANT SELECT ON TABLE public.own_text TO scorehouse_aggregate;

GRANT SELECT,INSERT ON TABLE public.publication TO scorehouse_migrator;
GRANT SELECT ON TABLE public.publication TO scorehouse_printer;
GRANT SELECT ON TABLE public.publication TO scorehouse_web;
GRANT SELECT ON TABLE public.publication TO scorehouse_reader;
GRANT SELECT ON TABLE public.publication TO scorehouse_aggregate;

GRANT SELECT,INSERT,UPDATE ON TABLE public.school TO scorehouse_migrator;
GRANT SELECT ON TABLE public.school TO scorehouse_printer;
GRANT SELECT ON TABLE public.school TO scorehouse_web;
GRANT SELECT ON TABLE public.school TO scorehouse_reader;
GRANT SELECT ON TABLE public.school TO scorehouse_aggregate;

GRANT USAGE ON SEQUENCE public.school_id TO scorehouse_migrator;

GRANT SELECT,INSERT,UPDATE ON TABLE public.student TO scorehouse_migrator;
GRANT SELECT ON TABLE public.student TO scorehouse_reader;

GRANT SELECT,INSERT,UPDATE ON TABLE public.student_current TO scorehouse_migrator;

GRANT USAGE ON SEQUENCE public.student_id TO scorehouse_migrator;

REVOKE ALL ON TABLE public.superseded_outcome FROM scorehouse_views;
GRANT SELECT ON TABLE public.superseded_outcome TO scorehouse_aggregate;
