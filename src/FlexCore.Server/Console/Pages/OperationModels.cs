using FlexCore.Client;
using FlexCore.Domain.DeadLetters;
using FlexCore.Server.Documents;
using Microsoft.AspNetCore.Http;
using DeadLetter = FlexCore.Client.DeadLetter;

namespace FlexCore.Server.Console.Pages;

/// <summary>All plugins.</summary>
/// <param name="Rows">Each of them.</param>
public sealed record PluginsModel(IReadOnlyList<PluginRow> Rows);

/// <summary>A plugin of a list.</summary>
/// <param name="Plugin">What it has used.</param>
/// <param name="Audit">What it is exposed to; null where its files are not there to be looked at.</param>
public sealed record PluginRow(PluginListItem Plugin, PluginAudit? Audit);

/// <summary>A plugin with all that its page shows.</summary>
/// <param name="Plugin">The plugin.</param>
/// <param name="Used">What its processes have used; null where none has run.</param>
/// <param name="Audit">What it is exposed to; null where its files are not there to be looked at.</param>
/// <param name="Single">Its newest runs by itself, in no pipeline.</param>
/// <param name="SingleRunsOf">The pipeline that these are recorded under.</param>
public sealed record PluginModel(Plugin Plugin, PluginListItem? Used, PluginAudit? Audit, IReadOnlyList<RunListItem> Single, string SingleRunsOf);

/// <summary>Dead letters of a list.</summary>
/// <param name="Page">The letters.</param>
/// <param name="Filter">Which they are.</param>
public sealed record DeadLettersModel(Page<DeadLetter> Page, DeadLetterFilter Filter)
{
    /// <summary>Why records become dead letters.</summary>
    public static IReadOnlyList<string> Reasons { get; } = [.. Enum.GetValues<DeadLetterReason>().Select(Wording.Of)];

    /// <summary>Where dead letters can be.</summary>
    public static IReadOnlyList<string> Statuses { get; } = [.. Enum.GetValues<DeadLetterStatus>().Select(Wording.Of)];

    /// <summary>Where those behind a letter are.</summary>
    public string Address(string after) => $"/deadletters{QueryString.Create(new KeyValuePair<string, string?>[]
    {
        KeyValuePair.Create<string, string?>("after", after), KeyValuePair.Create("pipeline", Filter.Pipeline), KeyValuePair.Create("step", Filter.Step), KeyValuePair.Create("run", Filter.RunId?.ToString()),
        KeyValuePair.Create("stream", Filter.Stream), KeyValuePair.Create("reason", Filter.Reason), KeyValuePair.Create<string, string?>("status", Filter.Status ?? "any"),
    }.Where(pair => pair.Value is not null))}";
}

/// <summary>Who may do what.</summary>
/// <param name="Tokens">All access tokens.</param>
/// <param name="Secrets">The names of all secrets.</param>
/// <param name="Created">A token that was just made: its text is told this once; null where none was.</param>
public sealed record AccessModel(IReadOnlyList<Token> Tokens, IReadOnlyList<Secret> Secrets, CreatedToken? Created);
