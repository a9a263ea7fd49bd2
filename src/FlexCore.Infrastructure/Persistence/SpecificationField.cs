using System.Text;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>A field of documents, to say something of it. Texts are compared by their characters' numbers in Unicode, numbers as <c>double</c>.</summary>
public sealed class SpecificationField
{
    private const int Deepest = 8;

    private readonly IReadOnlyList<string> _path;

    internal SpecificationField(IReadOnlyList<string> path)
    {
        if (path.Count is 0 or > Deepest || !path.All(EntityRules.IsField))
            throw Wrong($"'{string.Join('.', path)}' cannot be asked for: 1 to {Deepest} names of letters, digits, _ and -, with no digit at the beginning");
        _path = [.. path];
    }

    /// <summary>That it is this text.</summary>
    public Specification Is(string value) => Condition(Comparison.Equal, value);

    /// <inheritdoc cref="Is(string)"/>
    public Specification Is(double value) => Condition(Comparison.Equal, value);

    /// <inheritdoc cref="Is(string)"/>
    public Specification Is(bool value) => Condition(Comparison.Equal, value);

    /// <summary>That it is null, or not there.</summary>
    public Specification IsNull() => Condition(Comparison.Equal, value: null);

    /// <summary>That it is one of these.</summary>
    public Specification IsOneOf(params IReadOnlyList<string> values) => Specification.Any([.. values.Select(Is)]);

    /// <inheritdoc cref="IsOneOf(IReadOnlyList{string})"/>
    public Specification IsOneOf(params IReadOnlyList<double> values) => Specification.Any([.. values.Select(Is)]);

    /// <summary>That it is less than this.</summary>
    public Specification IsLessThan(string value) => Condition(Comparison.Less, value);

    /// <inheritdoc cref="IsLessThan(string)"/>
    public Specification IsLessThan(double value) => Condition(Comparison.Less, value);

    /// <summary>That it is this or less.</summary>
    public Specification IsAtMost(string value) => Condition(Comparison.AtMost, value);

    /// <inheritdoc cref="IsAtMost(string)"/>
    public Specification IsAtMost(double value) => Condition(Comparison.AtMost, value);

    /// <summary>That it is greater than this.</summary>
    public Specification IsGreaterThan(string value) => Condition(Comparison.Greater, value);

    /// <inheritdoc cref="IsGreaterThan(string)"/>
    public Specification IsGreaterThan(double value) => Condition(Comparison.Greater, value);

    /// <summary>That it is this or greater.</summary>
    public Specification IsAtLeast(string value) => Condition(Comparison.AtLeast, value);

    /// <inheritdoc cref="IsAtLeast(string)"/>
    public Specification IsAtLeast(double value) => Condition(Comparison.AtLeast, value);

    /// <summary>That it is a text that begins so.</summary>
    public Specification StartsWith(string prefix) => Condition(Comparison.StartsWith, prefix);

    private Specification.Condition Condition(Comparison comparison, object? value) => new(_path, comparison, value switch
    {
        string text when text.Contains('\0', StringComparison.Ordinal) || !IsWhole(text) => throw Wrong("a text to compare with must have no NUL and no half of a character"),
        double number when !double.IsFinite(number) => throw Wrong("a number to compare with must be finite"),
        _ => value,
    });

    private static bool IsWhole(string text) => text == Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static FlexCoreException Wrong(string message) => new(new Error(ErrorCodes.InvalidValue, message));
}
