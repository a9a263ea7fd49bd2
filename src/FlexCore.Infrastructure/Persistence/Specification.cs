using System.Text.Json;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>
/// What must hold of an entity, as data: a database gets it as a condition of its own, and all stores answer alike. It holds or it does not; a field that is missing, or is not
/// of the type that it is compared with, meets no comparison.
/// </summary>
public abstract class Specification
{
    private const int MostConditions = 500;
    private const int Deepest = 32;

    private readonly int _conditions;
    private readonly int _depth;

    private protected Specification(IReadOnlyList<Specification> parts)
    {
        _conditions = Math.Max(1, parts.Sum(part => part._conditions));
        _depth = 1 + parts.Select(part => part._depth).DefaultIfEmpty().Max();
        if (_conditions > MostConditions || _depth > Deepest) throw new FlexCoreException(new Error(ErrorCodes.InvalidValue, $"a specification may have {MostConditions} conditions, {Deepest} within each other"));
    }

    /// <summary>Holds of every entity.</summary>
    public static Specification Everything { get; } = All();

    /// <summary>A field of the document.</summary>
    /// <param name="path">Its name; of one within objects, theirs before it. Letters, digits, <c>_</c> and <c>-</c>, with no digit at the beginning.</param>
    public static SpecificationField Field(params IReadOnlyList<string> path) => new(path);

    /// <summary>Holds where each of them holds; without any, everywhere.</summary>
    public static Specification All(params IReadOnlyList<Specification> parts) => new AllOf(parts);

    /// <summary>Holds where one of them holds; without any, nowhere.</summary>
    public static Specification Any(params IReadOnlyList<Specification> parts) => new AnyOf(parts);

    /// <summary>Holds where this one does not.</summary>
    public Specification Negated() => new NotOf(this);

    /// <summary>Whether it holds of an entity.</summary>
    public bool Holds(Entity entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        if (this is AllOf { Parts.Count: 0 }) return true;
        using var document = JsonDocument.Parse(entity.Document);
        return Holds(document.RootElement);
    }

    private protected abstract bool Holds(JsonElement document);

    internal sealed class AllOf(IReadOnlyList<Specification> parts) : Specification(parts)
    {
        public IReadOnlyList<Specification> Parts { get; } = parts;

        private protected override bool Holds(JsonElement document) => Parts.All(part => part.Holds(document));
    }

    internal sealed class AnyOf(IReadOnlyList<Specification> parts) : Specification(parts)
    {
        public IReadOnlyList<Specification> Parts { get; } = parts;

        private protected override bool Holds(JsonElement document) => Parts.Any(part => part.Holds(document));
    }

    internal sealed class NotOf(Specification part) : Specification([part])
    {
        public Specification Part => part;

        private protected override bool Holds(JsonElement document) => !part.Holds(document);
    }

    /// <summary>A field compared with a value: a text, a number (double), true or false, or null, which a field that is missing equals as well.</summary>
    internal sealed class Condition(IReadOnlyList<string> path, Comparison comparison, object? value) : Specification([])
    {
        public IReadOnlyList<string> Path => path;

        public Comparison Comparison => comparison;

        public object? Value => value;

        private protected override bool Holds(JsonElement document)
        {
            var field = document;
            foreach (var name in path)
            {
                if (field.ValueKind != JsonValueKind.Object || !field.TryGetProperty(name, out field)) return value is null;
            }

            return (value, field.ValueKind) switch
            {
                (null, var kind) => kind == JsonValueKind.Null,
                (bool expected, JsonValueKind.True or JsonValueKind.False) => field.GetBoolean() == expected,
                (double expected, JsonValueKind.Number) => Meets(field.GetDouble().CompareTo(expected)),
                (string prefix, JsonValueKind.String) when comparison == Comparison.StartsWith => field.GetString()!.StartsWith(prefix, StringComparison.Ordinal),
                (string expected, JsonValueKind.String) => Meets(CompareBytes(field.GetString()!, expected)),
                _ => false,
            };
        }

        // As databases order texts whose bytes they compare.
        private static int CompareBytes(string one, string other) => System.Text.Encoding.UTF8.GetBytes(one).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(other));

        private bool Meets(int order) => comparison switch
        {
            Comparison.Less => order < 0,
            Comparison.AtMost => order <= 0,
            Comparison.Greater => order > 0,
            Comparison.AtLeast => order >= 0,
            _ => order == 0,
        };
    }
}

/// <summary>How a field is compared with a value.</summary>
internal enum Comparison
{
    Equal,
    Less,
    AtMost,
    Greater,
    AtLeast,
    StartsWith,
}
