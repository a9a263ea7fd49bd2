using System.Data.Common;
using System.Text;
using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>What a store asks a database.</summary>
internal sealed class EntityStatements(SqlDialect dialect)
{
    public SqlStatement Find(string kind, string id) => new($"SELECT id, version, document FROM {dialect.Table} WHERE kind = {dialect.Parameter(1)} AND id = {dialect.Parameter(2)}", kind, id) { MayRepeat = true };

    public SqlStatement Version(EntityChange change) => new($"SELECT version FROM {dialect.Table} WHERE kind = {dialect.Parameter(1)} AND id = {dialect.Parameter(2)}", change.Kind, change.Id);

    public SqlStatement Kinds() => new($"SELECT DISTINCT kind FROM {dialect.Table} ORDER BY kind") { MayRepeat = true };

    public SqlStatement Page(EntityQuery query)
    {
        List<object?> parameters = [query.Kind, query.After ?? "", query.Limit + 1];
        var where = $"kind = {dialect.Parameter(1)} AND id > {dialect.Parameter(2)}{And(query.Where, parameters)}";
        return new SqlStatement(dialect.First("id, version, document", where, dialect.Parameter(3)), parameters) { MayRepeat = true };
    }

    public SqlStatement Count(string kind, Specification specification)
    {
        List<object?> parameters = [kind];
        var where = And(specification, parameters);
        return new SqlStatement($"SELECT count(*) FROM {dialect.Table} WHERE kind = {dialect.Parameter(1)}{where}", parameters) { MayRepeat = true };
    }

    /// <summary>Changes one row, or none where the entity is not as expected.</summary>
    public SqlStatement Change(EntityChange change) => (change.Expected, change.Entity) switch
    {
        (null, { } entity) => new SqlStatement(dialect.Insert, entity.Kind, entity.Id, entity.Version, TextOf(entity)),
        ({ } expected, { } entity) => new SqlStatement(
            $"UPDATE {dialect.Table} SET version = {dialect.Parameter(4)}, document = {dialect.Parameter(5)} WHERE {Is(1)}", entity.Kind, entity.Id, expected, entity.Version, TextOf(entity)),
        _ => new SqlStatement($"DELETE FROM {dialect.Table} WHERE {Is(1)}", change.Kind, change.Id, change.Expected),
    };

    /// <summary>A row of id, version and document.</summary>
    public static Entity Read(string kind, DbDataReader row) => new(kind, row.GetString(0), row.GetString(1), Encoding.UTF8.GetBytes(row.GetString(2)));

    private static string TextOf(Entity entity) => Encoding.UTF8.GetString(entity.Document.Span);

    private string Is(int first) => $"kind = {dialect.Parameter(first)} AND id = {dialect.Parameter(first + 1)} AND version = {dialect.Parameter(first + 2)}";

    private string And(Specification specification, List<object?> parameters) => specification is Specification.AllOf { Parts.Count: 0 } ? "" : $" AND {Translate(specification, parameters)}";

    private string Translate(Specification specification, List<object?> parameters) => specification switch
    {
        Specification.AllOf all => Join(all.Parts, " AND ", "1 = 1", parameters),
        Specification.AnyOf any => Join(any.Parts, " OR ", "1 = 0", parameters),
        Specification.NotOf not => $"NOT ({Translate(not.Part, parameters)})",
        Specification.Condition condition => dialect.Condition(condition, value =>
        {
            parameters.Add(value);
            return dialect.Parameter(parameters.Count);
        }),
        _ => throw new InvalidOperationException($"There is no SQL for {specification.GetType().Name}."),
    };

    private string Join(IReadOnlyList<Specification> parts, string word, string none, List<object?> parameters) => parts.Count == 0 ? none : $"({string.Join(word, parts.Select(part => $"({Translate(part, parameters)})"))})";
}
