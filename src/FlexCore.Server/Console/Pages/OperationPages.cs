using System.Collections.ObjectModel;
using FlexCore.Application.Access;
using FlexCore.Application.DeadLetters;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Nodes;
using FlexCore.Application.Plugins;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Application.Secrets;
using FlexCore.Client;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.Server.Documents;
using FlexCore.Server.Rest;
using Microsoft.AspNetCore.Routing;
using DisablePlugin = FlexCore.Application.Plugins.DisablePlugin;
using DiscardDeadLetters = FlexCore.Application.DeadLetters.DiscardDeadLetters;
using ExecutePlugin = FlexCore.Application.Plugins.ExecutePlugin;

namespace FlexCore.Server.Console.Pages;

/// <summary>What is beside pipelines, runs and events: plugins, dead letters, nodes, access, settings.</summary>
internal static class OperationPages
{
    private const string AnyStatus = "any";
    private const int NewestRuns = 10;

    public static void Map(IEndpointRouteBuilder routes, Site site)
    {
        MapPlugins(routes, site);
        MapDeadLetters(routes, site);
        MapAccess(routes, site);
        site.Page(routes, "/nodes", async visit => PageContent.Of<NodesPage>("Nodes", (IReadOnlyList<Client.Node>)[.. (await visit.AskAsync(new ListNodes())).Select(OperationDocuments.Describe)]));
        site.Form(routes, "/nodes/{node}/drain", async visit =>
        {
            await visit.AskAsync(new DrainNode(visit.Part("node")));
            return new Done("/nodes", Deed.NodeDrained);
        });
        site.Page(routes, "/settings", async visit => PageContent.Of<SettingsPage>("Settings", DiagnosisDocuments.Describe(await visit.AskAsync(new DiagnoseMachine()))));
    }

    private static void MapPlugins(IEndpointRouteBuilder routes, Site site)
    {
        site.Page(routes, "/plugins", async visit =>
        {
            var audits = (await AuditAsync(visit, name: null)).ToDictionary(audit => audit.Name, StringComparer.Ordinal);
            var known = (await visit.AskAsync(new ListActivePlugins())).Select(OperationDocuments.Describe).ToList();
            var unused = audits.Keys.Except(known.Select(plugin => plugin.Name), StringComparer.Ordinal).Select(name => new PluginListItem(name, Registered: null, 0, 0, 0, 0, LastUsedAt: null, Disabled: false));
            return PageContent.Of<PluginsPage>("Plugins", new PluginsModel([.. known.Concat(unused).OrderBy(plugin => plugin.Name, StringComparer.Ordinal).Select(plugin => new PluginRow(plugin, audits.GetValueOrDefault(plugin.Name)))]));
        });
        site.Page(routes, "/plugins/{plugin}", async visit =>
        {
            var name = visit.Part("plugin");
            var plugin = OperationDocuments.Describe(await visit.AskAsync(new ShowPlugin(name)));
            var used = (await visit.AskAsync(new ListActivePlugins())).FirstOrDefault(each => each.Name == name);
            var single = await visit.AskAsync(new GetExecutionHistory(new RunFilter(NewestRuns, ExecutePlugin.PipelineOf(name))));
            return PageContent.Of<PluginPage>(name, new PluginModel(
                plugin, used is null ? null : OperationDocuments.Describe(used), await AuditAsync(visit, name) is [var audit] ? audit : null, [.. single.Select(RunDocuments.Describe)], ExecutePlugin.PipelineOf(name)));
        });
        site.Form(routes, "/plugins/{plugin}/grant", async visit =>
        {
            await visit.AskAsync(new GrantCapabilities(visit.Part("plugin"), Wanted: null));
            return new Done($"/plugins/{visit.Part("plugin")}", Deed.PluginGranted);
        });
        site.Form(routes, "/plugins/{plugin}/revoke", async visit =>
        {
            await visit.AskAsync(new RevokeCapabilities(visit.Part("plugin"), Unwanted: null));
            return new Done($"/plugins/{visit.Part("plugin")}", Deed.PluginRevoked);
        });
        site.Form(routes, "/plugins/{plugin}/disable", async visit =>
        {
            await visit.AskAsync(new DisablePlugin(visit.Part("plugin"), visit.Said("reason")));
            return new Done($"/plugins/{visit.Part("plugin")}", Deed.PluginDisabled);
        }, ask: visit => Task.FromResult(new Question(
            $"Disable the plugin {visit.Part("plugin")}?", "No run begins with it then, in any pipeline, at any node. What runs goes on.", "Disable it", $"/plugins/{visit.Part("plugin")}", WantsReason: true)));
        site.Form(routes, "/plugins/{plugin}/enable", async visit =>
        {
            await visit.AskAsync(new EnablePlugin(visit.Part("plugin")));
            return new Done($"/plugins/{visit.Part("plugin")}", Deed.PluginEnabled);
        }, ask: visit => Task.FromResult(new Question(
            $"Enable the plugin {visit.Part("plugin")}?", "Runs begin with it again, with what it was granted before. Its page says who has disabled it, and why.", "Enable it", $"/plugins/{visit.Part("plugin")}")));
    }

    // A folder that cannot be read must not take the page with it: nothing is said of exposure then.
    private static async Task<IReadOnlyList<PluginAudit>> AuditAsync(Visit visit, string? name)
    {
        var audited = await visit.Bus.SendAsync(new AuditPlugins(name), visit.SignedIn.Caller, visit.Aborted);
        return audited.IsSuccess ? [.. audited.Value.Select(OperationDocuments.Describe)] : [];
    }

    private static void MapDeadLetters(IEndpointRouteBuilder routes, Site site)
    {
        site.Page(routes, "/deadletters", ListDeadLettersAsync);
        site.Page(routes, "/deadletters/{letter:guid}", async visit => PageContent.Of<DeadLetterPage>("Dead letter", OperationDocuments.DescribeWhole(await visit.AskAsync(new ShowDeadLetter(visit.Part("letter"))))));
        site.Form(routes, "/deadletters/discard", async visit =>
        {
            await visit.AskAsync(new DiscardDeadLetters(Chosen(visit)));
            return new Done("/deadletters", Deed.DeadLettersDiscarded);
        }, ask: visit =>
        {
            var chosen = Chosen(visit);
            return Task.FromResult(new Question(
                chosen.Length == 1 ? $"Discard dead letter {chosen[0].ToString()[^8..]}?" : $"Discard {chosen.Length} dead letters?", "What the records said is deleted. That they came and were discarded stays in the log, with who has done it.",
                chosen.Length == 1 ? "Discard it" : "Discard them", Site.LocalPath(visit.Said("back"))));
        });
        site.Form(routes, "/deadletters/replay", async visit =>
        {
            var started = await visit.AskAsync(new StartReplay(Chosen(visit), ReadOnlyDictionary<string, string>.Empty));
            return new Done(started.Runs is [var only] ? $"/runs/{only.RunId}" : "/deadletters", Deed.DeadLettersReplayed);
        });
    }

    private static async Task<PageContent> ListDeadLettersAsync(Visit visit)
    {
        // Those of a run are wanted whatever became of them; else those that somebody has to look at.
        var run = visit.Said("run");
        var status = visit.Said("status") is { } said ? said == AnyStatus ? null : said : run is null ? Wording.Of(DeadLetterStatus.Open) : null;
        var filter = new DeadLetterFilter(visit.Said("pipeline"), visit.Said("step"), Paging.Id(run), visit.Said("stream"), visit.Said("reason"), status);
        var found = await visit.AskAsync(new ListDeadLetters(new DeadLetterQuery(
            Paging.Id(visit.Said("after")), Paging.Usual + 1, filter.Pipeline, filter.Step, filter.RunId, filter.Stream, Wording.Read<DeadLetterReason>("reason", filter.Reason), Wording.Read<DeadLetterStatus>("status", status))));
        return PageContent.Of<DeadLettersPage>("Dead letters", new DeadLettersModel(Paging.Of(found, Paging.Usual, letter => letter.Id.ToString(), OperationDocuments.Describe), filter));
    }

    private static Guid[] Chosen(Visit visit) => visit.Form["letter"] is { Count: > 0 } letters
        ? [.. letters.Select(letter => Paging.Id(letter)!.Value)]
        : throw new FlexCoreException(new Error(ErrorCodes.InvalidValue, "no dead letter was chosen", SpecificRemedy: "Go back, and tick those that are meant."));

    private static void MapAccess(IEndpointRouteBuilder routes, Site site)
    {
        site.Page(routes, "/access", visit => ShowAccessAsync(visit, created: null));
        site.Form(routes, "/access", async visit =>
        {
            var wish = new Client.CreateToken(visit.Said("name") ?? "", visit.Said("role") ?? "", visit.Said("lifetime"), visit.Said("pipelines")?.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries));
            var created = OperationDocuments.Describe(await visit.AskAsync(OperationDocuments.Read(wish)), visit.Now);
            return new Done(Where: null, Deed.TokenCreated) { Page = await ShowAccessAsync(visit, created) };
        }, again: visit => ShowAccessAsync(visit, created: null));
        site.Form(routes, "/access/revoke", async visit =>
        {
            await visit.AskAsync(new RevokeToken(visit.Said("token") ?? ""));
            return new Done("/access", Deed.TokenRevoked);
        }, ask: async visit =>
        {
            var id = visit.Said("token");
            var name = (await visit.AskAsync(new ListTokens())).FirstOrDefault(token => token.Id.ToString() == id)?.Name ?? id;
            return new Question($"Revoke the token {name}?", "Whoever shows it is refused within a second, at every node, and so are those who have signed in with it. It cannot be made valid again.", "Revoke it", "/access");
        });
    }

    private static async Task<PageContent> ShowAccessAsync(Visit visit, CreatedToken? created) => PageContent.Of<AccessPage>("Access", new AccessModel(
        [.. (await visit.AskAsync(new ListTokens())).Select(token => OperationDocuments.Describe(token, visit.Now))], [.. (await visit.AskAsync(new ListSecrets())).Select(OperationDocuments.Describe)], created));
}
