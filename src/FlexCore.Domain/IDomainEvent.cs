using System.Diagnostics.CodeAnalysis;

namespace FlexCore.Domain;

/// <summary>An immutable fact. The name on the wire is that of <see cref="EventTypeAttribute"/>, not of the CLR type.</summary>
[SuppressMessage("Design", "CA1040", Justification = "A marker closes the set of what may be appended; the codec fails its test for a type that it does not know.")]
public interface IDomainEvent;

/// <summary>The name and schema version under which an event is stored. Neither changes after a release.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EventTypeAttribute(string name, int version = 1) : Attribute
{
    /// <summary>Past tense, PascalCase.</summary>
    public string Name { get; } = name;

    /// <summary>Counts up when the shape changes; an upcaster reads the older ones.</summary>
    public int Version { get; } = version;
}
