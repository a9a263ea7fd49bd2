using FlexCore.Plugins.JsonSchema.Compiling;

namespace FlexCore.Plugins.JsonSchema.Keywords;

/// <summary>One thing that a schema asks of values of some kinds. Asking allocates nothing; explaining may.</summary>
/// <param name="place">Where it is written.</param>
/// <param name="kinds">What values it is asked about.</param>
internal abstract class Keyword(SchemaPlace place, int kinds)
{
    public SchemaPlace Place { get; } = place;

    public int Kinds { get; } = kinds;

    public abstract bool Holds(ref Evaluation evaluation, int value);

    /// <summary>Reports what is wrong with a value.</summary>
    public abstract void Explain(ref Evaluation evaluation, ViolationReport report, int value);
}

/// <summary>A keyword that looks at the value alone, and has one thing to say about it.</summary>
/// <param name="place">Where it is written.</param>
/// <param name="kinds">What values it is asked about.</param>
/// <param name="message">What such a value must be.</param>
internal abstract class Assertion(SchemaPlace place, int kinds, string message) : Keyword(place, kinds)
{
    public sealed override void Explain(ref Evaluation evaluation, ViolationReport report, int value)
    {
        if (!Holds(ref evaluation, value) && !evaluation.IsOver) report.Add(Place, value, message);
    }
}
