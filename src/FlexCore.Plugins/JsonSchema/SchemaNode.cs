using FlexCore.Plugins.JsonSchema.Compiling;
using FlexCore.Plugins.JsonSchema.Keywords;

namespace FlexCore.Plugins.JsonSchema;

/// <summary>A compiled schema or subschema: the kinds of values it takes, and the keywords that each kind is asked about.</summary>
/// <param name="place">Where it is written.</param>
internal sealed class SchemaNode(SchemaPlace place)
{
    private static readonly Keyword[][] NoKeywords = [.. Enumerable.Repeat<Keyword[]>([], ValueKinds.Tokens)];

    private int _kinds = ValueKinds.All;
    private Keyword[][] _keywords = NoKeywords;
    private SchemaPlace _typePlace = place;
    private string _typeMessage = "is not allowed";

    public SchemaPlace Place { get; } = place;

    /// <summary>Kinds of values that can be valid at all.</summary>
    public int Kinds => _kinds;

    /// <summary>The schema <c>false</c>.</summary>
    public void RefuseAll() => _kinds = 0;

    /// <summary>Takes these kinds of values only.</summary>
    public void SetType(int kinds, SchemaPlace at, string message)
    {
        _kinds = kinds;
        _typePlace = at;
        _typeMessage = message;
    }

    /// <summary>Asks these keywords, in this order.</summary>
    public void SetKeywords(IReadOnlyList<Keyword> keywords)
    {
        if (keywords.Count == 0) return;
        _keywords = [.. NoKeywords];
        foreach (var kind in (int[])[ValueKinds.Object, ValueKinds.Array, ValueKinds.Text, ValueKinds.Number, ValueKinds.Boolean, ValueKinds.Null])
        {
            Keyword[] asked = [.. keywords.Where(keyword => (keyword.Kinds & kind) != 0)];
            for (var token = 0; token < ValueKinds.Tokens; token++)
            {
                if (((kind >> token) & 1) != 0) _keywords[token] = asked;
            }
        }
    }

    /// <summary>Whether a value is valid.</summary>
    public bool Holds(ref Evaluation evaluation, int value)
    {
        if (--evaluation.Steps < 0) return evaluation.Spend(0, value);
        var type = evaluation.Document.Type(value);
        if (!ValueKinds.Has(_kinds, type)) return false;
        var keywords = _keywords[(int)type];
        return keywords.Length == 0 || Hold(keywords, ref evaluation, value);
    }

    /// <summary>Reports what is wrong with a value.</summary>
    public void Explain(ref Evaluation evaluation, ViolationReport report, int value)
    {
        if (report.IsFull || !evaluation.Spend(1, value)) return;
        var type = evaluation.Document.Type(value);
        if (!ValueKinds.Has(_kinds, type))
        {
            report.Add(_typePlace, value, _typeMessage);
            return;
        }

        if (!Descend(ref evaluation, value)) return;
        foreach (var keyword in _keywords[(int)type])
        {
            evaluation.Current = keyword;
            keyword.Explain(ref evaluation, report, value);
            if (report.IsFull || evaluation.IsOver) break;
        }

        evaluation.Depth--;
    }

    private static bool Hold(Keyword[] keywords, ref Evaluation evaluation, int value)
    {
        if (!Descend(ref evaluation, value)) return false;
        var holds = true;
        foreach (var keyword in keywords)
        {
            evaluation.Current = keyword;
            if (keyword.Holds(ref evaluation, value)) continue;
            holds = false;
            break;
        }

        evaluation.Depth--;
        return holds;
    }

    private static bool Descend(ref Evaluation evaluation, int value) =>
        ++evaluation.Depth <= Evaluation.MaxDepth || evaluation.Stop("cannot be checked: the schema refers to itself too often", value);
}
