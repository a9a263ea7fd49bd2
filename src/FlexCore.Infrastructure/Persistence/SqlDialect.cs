namespace FlexCore.Infrastructure.Persistence;

/// <summary>What databases say in different words. Names of tables and fields are in the text, as their rules let nothing through that could end a name; values are parameters, all of them.</summary>
/// <param name="table">The table with the entities, or <c>schema.table</c>.</param>
internal abstract class SqlDialect(string table)
{
    public string Table { get; } = EntityRules.IsTable(table)
        ? table
        : throw new ArgumentException($"'{table}' cannot be a table of entities: letters from a to z, digits and underscores, with a schema and a dot before it where there is one.", nameof(table));

    /// <summary>What makes the table, where it is not there, in a transaction of its own. It holds a lock: of two who do so at once one would fail, "if not exists" or not.</summary>
    public abstract string Create { get; }

    /// <summary>What creates an entity, of the parameters kind, id, version, document; changes no row where it is there.</summary>
    public abstract string Insert { get; }

    /// <summary>A parameter by its place, from 1 on.</summary>
    public abstract string Parameter(int place);

    /// <summary>The columns of the first rows in the order of ids.</summary>
    public abstract string First(string columns, string where, string limit);

    /// <summary>A condition on the column <c>document</c>, as true or false and never null.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="parameter">Makes a parameter of a value.</param>
    public abstract string Condition(Specification.Condition condition, Func<object, string> parameter);

    protected static string Operator(Comparison comparison) => comparison switch
    {
        Comparison.Less => "<",
        Comparison.AtMost => "<=",
        Comparison.Greater => ">",
        Comparison.AtLeast => ">=",
        _ => "=",
    };
}

/// <summary>SQLite, with its own functions for JSON (https://www.sqlite.org/json1.html).</summary>
internal sealed class SqliteDialect(string table) : SqlDialect(table)
{
    public override string Create => $"CREATE TABLE IF NOT EXISTS {Table} (kind TEXT NOT NULL, id TEXT NOT NULL, version TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, id))";

    public override string Insert => $"INSERT INTO {Table} (kind, id, version, document) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";

    public override string Parameter(int place) => $"?{place}";

    public override string First(string columns, string where, string limit) => $"SELECT {columns} FROM {Table} WHERE {where} ORDER BY id LIMIT {limit}";

    public override string Condition(Specification.Condition condition, Func<object, string> parameter)
    {
        var path = $"'${string.Concat(condition.Path.Select(name => $".\"{name}\""))}'";
        var (type, value) = ($"json_type(document, {path})", $"json_extract(document, {path})");
        return condition.Value switch
        {
            null => $"coalesce({type}, 'null') = 'null'",
            bool expected => $"coalesce({type}, '') = '{(expected ? "true" : "false")}'",
            double number => $"coalesce({type} IN ('integer', 'real') AND CAST({value} AS REAL) {Operator(condition.Comparison)} {parameter(number)}, 0)",
            var text when condition.Comparison == Comparison.StartsWith && parameter(text) is var prefix => $"coalesce({type} = 'text' AND substr({value}, 1, length({prefix})) = {prefix}, 0)",
            var text => $"coalesce({type} = 'text' AND {value} {Operator(condition.Comparison)} {parameter(text)}, 0)",
        };
    }
}

/// <summary>PostgreSQL. The document is a text, which keeps the order of members; beside it the database keeps it taken apart.</summary>
internal sealed class PostgresDialect(string table) : SqlDialect(table)
{
    public override string Create =>
        $"""
        SELECT pg_advisory_xact_lock(hashtext('flexcore entities'));
        CREATE TABLE IF NOT EXISTS {Table} (
            kind text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, version text COLLATE "C" NOT NULL, document text NOT NULL,
            fields jsonb NOT NULL GENERATED ALWAYS AS (document::jsonb) STORED, PRIMARY KEY (kind, id))
        """;

    public override string Insert => $"INSERT INTO {Table} (kind, id, version, document) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

    public override string Parameter(int place) => $"${place}";

    public override string First(string columns, string where, string limit) => $"SELECT {columns} FROM {Table} WHERE {where} ORDER BY id LIMIT {limit}";

    public override string Condition(Specification.Condition condition, Func<object, string> parameter)
    {
        var path = $$"""'{{{string.Join(',', condition.Path.Select(name => $"\"{name}\""))}}}'""";
        var (field, text) = ($"fields #> {path}", $"(fields #>> {path})");
        return condition.Value switch
        {
            null => $"coalesce(jsonb_typeof({field}), 'null') = 'null'",
            bool expected => $"coalesce({field} = '{(expected ? "true" : "false")}'::jsonb, false)",
            double number => $"CASE WHEN jsonb_typeof({field}) = 'number' THEN ({field})::float8 {Operator(condition.Comparison)} {parameter(number)} ELSE false END",
            var prefix when condition.Comparison == Comparison.StartsWith => $"CASE WHEN jsonb_typeof({field}) = 'string' THEN starts_with({text}, {parameter(prefix)}) ELSE false END",
            var value => $"CASE WHEN jsonb_typeof({field}) = 'string' THEN {text} COLLATE \"C\" {Operator(condition.Comparison)} {parameter(value)} ELSE false END",
        };
    }
}

/// <summary>SQL Server, from 2019 on. OPENJSON tells the types of fields, and has no limit for texts, as JSON_VALUE has.</summary>
internal sealed class SqlServerDialect(string table) : SqlDialect(table)
{
    private const string Exact = "COLLATE Latin1_General_100_BIN2";

    public override string Create =>
        $"""
        EXEC sp_getapplock @Resource = N'flexcore entities', @LockMode = N'Exclusive';
        IF OBJECT_ID(N'{Table}', N'U') IS NULL
        CREATE TABLE {Table} (
            kind nvarchar(63) {Exact} NOT NULL, id nvarchar(127) {Exact} NOT NULL, version nvarchar(32) {Exact} NOT NULL, document nvarchar(max) NOT NULL, PRIMARY KEY (kind, id))
        """;

    public override string Insert =>
        $"INSERT INTO {Table} (kind, id, version, document) SELECT @p1, @p2, @p3, @p4 WHERE NOT EXISTS (SELECT 1 FROM {Table} WITH (UPDLOCK, HOLDLOCK) WHERE kind = @p1 AND id = @p2)";

    public override string Parameter(int place) => $"@p{place}";

    public override string First(string columns, string where, string limit) => $"SELECT TOP ({limit}) {columns} FROM {Table} WHERE {where} ORDER BY id";

    public override string Condition(Specification.Condition condition, Func<object, string> parameter)
    {
        // Texts as bytes of UTF-8: their own comparison does not see blanks at the end, and orders by halves of characters.
        const string Bytes = "CONVERT(varbinary(max), CONVERT(varchar(max), field.[value] COLLATE Latin1_General_100_BIN2_UTF8))";
        return condition.Value switch
        {
            null => $"NOT {Has(condition, "field.[type] <> 0")}",
            bool expected => Has(condition, $"field.[type] = 3 AND field.[value] = N'{(expected ? "true" : "false")}'"),
            double number => Has(condition, $"field.[type] = 2 AND TRY_CONVERT(float, field.[value]) {Operator(condition.Comparison)} {parameter(number)}"),
            var text when condition.Comparison == Comparison.StartsWith && parameter(BytesOf(text)) is var prefix => Has(condition, $"field.[type] = 1 AND SUBSTRING({Bytes}, 1, DATALENGTH({prefix})) = {prefix}"),
            var text => Has(condition, $"field.[type] = 1 AND {Bytes} {Operator(condition.Comparison)} {parameter(BytesOf(text))}"),
        };
    }

    private static string Has(Specification.Condition condition, string what)
    {
        var parent = $"'${string.Concat(condition.Path.SkipLast(1).Select(name => $".\"{name}\""))}'";
        return $"EXISTS (SELECT 1 FROM OPENJSON(document, {parent}) AS field WHERE field.[key] = N'{condition.Path[^1]}' {Exact} AND {what})";
    }

    private static byte[] BytesOf(object text) => System.Text.Encoding.UTF8.GetBytes((string)text);
}
