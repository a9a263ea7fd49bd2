namespace FlexCore.Infrastructure.Clients;

/// <summary>A statement of SQL. What varies is in its parameters, never in its text.</summary>
/// <param name="Sql">The text, with <c>$1</c>, <c>$2</c> for the parameters in PostgreSQL and <c>@p1</c>, <c>@p2</c> in SQL Server.</param>
/// <param name="Parameters">In their order; null is SQL's. A parameter object of the driver is taken as it is, where the type must be said.</param>
public sealed record SqlStatement(string Sql, params IReadOnlyList<object?> Parameters)
{
    /// <summary>Whether doing it twice is as good as once, as reading is: then it is tried again when nobody knows whether it was done.</summary>
    public bool MayRepeat { get; init; }
}
