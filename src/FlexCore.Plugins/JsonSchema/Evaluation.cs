using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.JsonSchema.Keywords;

namespace FlexCore.Plugins.JsonSchema;

/// <summary>
/// One walk over a document: what it may still cost, and how deep it is. When it is over, it has no verdict but a reason, and
/// whatever a keyword answers from then on means nothing.
/// </summary>
[StructLayout(LayoutKind.Auto)]
[SuppressMessage("Design", "CA1051:Do not declare visible instance fields", Justification = "A struct that is passed by reference through the hottest loop.")]
internal ref struct Evaluation
{
    /// <summary>Subschemas that may be looked at for each document, and more for each token of it.</summary>
    public const long StepsPerDocument = 1_000_000;
    public const long StepsPerToken = 64;

    /// <summary>Subschemas within subschemas. Each costs less than 500 bytes of stack.</summary>
    public const int MaxDepth = 1_200;

    public readonly JsonTape Document;

    /// <summary>What is left; negative when it is over.</summary>
    public long Steps;
    public int Depth;

    /// <summary>The keyword that is asked, for <see cref="ReasonKeyword"/>.</summary>
    public Keyword? Current;

    public Evaluation(JsonTape document, int root)
    {
        Document = document;
        Steps = StepsPerDocument + StepsPerToken * (document.After(root) - root);
    }

    public readonly bool IsOver => Steps < 0;

    /// <summary>Why it was over before there was a verdict.</summary>
    public string? Reason { get; private set; }

    /// <summary>The keyword it was over at; null at a schema as a whole.</summary>
    public Keyword? ReasonKeyword { get; private set; }

    /// <summary>The value it was over at.</summary>
    public int ReasonValue { get; private set; }

    /// <summary>Takes steps for work that grows with the document.</summary>
    public bool Spend(long steps, int value)
    {
        Steps -= steps;
        return Steps >= 0 || Stop("costs too much to check", value);
    }

    /// <summary>Ends the walk; the first reason counts.</summary>
    /// <returns>False, for the caller to hand on.</returns>
    public bool Stop(string reason, int value)
    {
        Steps = long.MinValue / 2;
        if (Reason is not null) return false;
        Reason = reason;
        ReasonKeyword = Current;
        ReasonValue = value;
        return false;
    }
}
