using System.Collections.ObjectModel;
using System.Text.Json;
using FlexCore.Application.Access;
using FlexCore.Application.DeadLetters;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Nodes;
using FlexCore.Application.Notifications;
using FlexCore.Application.Plugins;
using FlexCore.Application.Ports;
using FlexCore.Application.Secrets;
using FlexCore.Application.Workers;
using FlexCore.Client;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Provisioning;
using FlexCore.Server.Access;
using FlexCore.Server.Documents;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Ask = FlexCore.Application;
using DeadLetter = FlexCore.Client.DeadLetter;
using Node = FlexCore.Client.Node;

namespace FlexCore.Server.Rest;

/// <summary>What is beside pipelines, runs and events: plugins, dead letters, nodes, secrets, tokens, the system.</summary>
internal static class OperationEndpoints
{
    private const long MaxPluginBytes = 64L << 20;

    public static void Map(RouteGroupBuilder api, Answers answers, string root, TimeProvider time)
    {
        MapPlugins(api, api.MapGroup("/plugins").WithTags("plugins"), answers, root);
        MapDeadLetters(api.MapGroup("/deadletters").WithTags("deadletters"), answers);
        MapNodes(api.MapGroup("/nodes").WithTags("nodes"), answers);
        MapWorkers(api.MapGroup("/workers").WithTags("nodes"), answers);
        MapSecrets(api.MapGroup("/secrets").WithTags("secrets"), answers);
        MapTokens(api.MapGroup("/tokens").WithTags("access"), answers, time);
        api.MapPost("/channels/{channel}/test", (HttpContext context, string channel) => answers.AskAsync(
            context, new TestChannel(channel), name => new ChannelTest(name, Sent: true), FlexCoreJson.Default.ChannelTest))
            .Says<ChannelTest>("TestChannel", "Send a message that only shows that a channel works").WithTags("system");
        var system = api.MapGroup("/system").WithTags("system");
        system.MapGet("/totals", (Delegate)((HttpContext context) => answers.AskAsync(context, new GetSystemMetrics(), OperationDocuments.Describe, FlexCoreJson.Default.SystemTotals)))
            .Says<SystemTotals>("ShowTotals", "What all runs have done together");
        system.MapGet("/whoami", (Delegate)((HttpContext context) => Answers.WriteAsync(context, OperationDocuments.Describe(context.Caller()), FlexCoreJson.Default.Identity)))
            .Says<Identity>("WhoAmI", "Who the server takes the caller for");
        system.MapGet("/doctor", (Delegate)((HttpContext context) => answers.AskAsync(context, new DiagnoseMachine(), DiagnosisDocuments.Describe, FlexCoreJson.Default.MachineDiagnosis)))
            .Says<MachineDiagnosis>("DiagnoseMachine", "What works on the machine that answers, found out by trying it, and its settings without what is secret");
    }

    private static void MapPlugins(RouteGroupBuilder api, RouteGroupBuilder plugins, Answers answers, string root)
    {
        plugins.MapGet("", (HttpContext context, string? after, int? limit) =>
        {
            var most = Paging.Limit(limit);
            return answers.AskAsync(context, new ListActivePlugins(), found => Paging.OfAll(found, after, most, plugin => plugin.Name, OperationDocuments.Describe), FlexCoreJson.Default.PagePluginListItem);
        }).Says<Page<PluginListItem>>("ListPlugins", "Plugins and what they used, by name");
        plugins.MapGet("/{plugin}", (HttpContext context, string plugin) => answers.AskAsync(context, new ShowPlugin(plugin), OperationDocuments.Describe, FlexCoreJson.Default.Plugin))
            .Says<Plugin>("ShowPlugin", "A plugin: what it asks for and what it was granted");
        api.MapGet("/exposures", (HttpContext context, string? plugin, string? after, int? limit) =>
        {
            var most = Paging.Limit(limit);
            return answers.AskAsync(context, new AuditPlugins(plugin), found => Paging.OfRanked(found, after, most, each => each.Manifest.Name, OperationDocuments.Describe), FlexCoreJson.Default.PagePluginAudit);
        }).Says<Page<PluginAudit>>("AuditPlugins", "What plugins are exposed to, the most exposed first").WithTags("plugins");
        plugins.MapPost("", (HttpContext context, [FromQuery] string[]? net) => answers.AskAsync(
            context, new RegisterSentPlugin(context.Request.Body) { Net = net ?? [] }, OperationDocuments.Describe, FlexCoreJson.Default.AddedPlugin, StatusCodes.Status201Created))
            .Says<Client.AddedPlugin>("AddPlugin", "Register a plugin, or another version of one: a zip, tar or tar.gz of its folder, of at most 64 MiB; `net` grants its install destinations, HOST:PORT", StatusCodes.Status201Created)
            .WithMetadata(new RequestSizeLimitAttribute(MaxPluginBytes)).TakesBytes();
        plugins.MapPut("/{plugin}", (HttpContext context, string plugin, [FromQuery] string[]? net) => answers.AskAsync(
            context, new UpgradeSentPlugin(plugin, context.Request.Body) { Net = net ?? [] }, OperationDocuments.Describe, FlexCoreJson.Default.AddedPlugin))
            .Says<Client.AddedPlugin>("UpgradePlugin", "Register another version of a plugin that is registered: other files of the same kind, sent as for AddPlugin")
            .WithMetadata(new RequestSizeLimitAttribute(MaxPluginBytes)).TakesBytes();
        plugins.MapPost("/{plugin}/discover", (HttpContext context, string plugin, Client.DiscoverPlugin? body) => answers.AskAsync(
            context, OperationDocuments.Read(plugin, body ?? new Client.DiscoverPlugin(), root, context.RequestAborted), catalog => catalog, FlexCoreJson.Default.JsonElement))
            .Says<JsonElement>("DiscoverPlugin", "Ask a tap for its catalog, on the machine that answers, in its sandbox and under its grants; paths in its config are from the project of the server on");
        plugins.MapPost("/{plugin}/execute", (HttpContext context, string plugin, Client.ExecutePlugin? body) => answers.AskAsync(
            context, OperationDocuments.Read(plugin, body ?? new Client.ExecutePlugin(), root) with { RunId = RepeatedRequests.BegunOf(context)?.RunIdOf(plugin) },
            id => new AcceptedRun(id), FlexCoreJson.Default.AcceptedRun, StatusCodes.Status202Accepted))
            .Says<AcceptedRun>("ExecutePlugin", "Queue a run of a task plugin by itself, under its standing grants: a run of the pipeline `plugin-NAME`; paths in its input are from the project of the server on", StatusCodes.Status202Accepted);
        plugins.MapDelete("/{plugin}", (HttpContext context, string plugin) => answers.AskAsync(context, new RemovePlugin(plugin))).SaysNothing("RemovePlugin", "End the registration of a plugin, with its standing grants; NAME@VERSION removes a copy of the machine that answers, of a version that is not in use");
        plugins.MapPost("/{plugin}/disable", (HttpContext context, string plugin, Client.DisablePlugin? body) => answers.AskAsync(
            context, new Ask.Plugins.DisablePlugin(plugin, body?.Reason), OperationDocuments.Describe, FlexCoreJson.Default.Plugin))
            .Says<Plugin>("DisablePlugin", "Let no run begin with a plugin, wherever it is found; what runs goes on");
        plugins.MapPost("/{plugin}/enable", (HttpContext context, string plugin) => answers.AskAsync(context, new EnablePlugin(plugin), OperationDocuments.Describe, FlexCoreJson.Default.Plugin))
            .Says<Plugin>("EnablePlugin", "Let runs begin with a plugin again");
        plugins.MapPost("/{plugin}/grant", (HttpContext context, string plugin, Grant? body) => answers.AskAsync(
            context, new GrantCapabilities(plugin, OperationDocuments.Read(body)), change => OperationDocuments.Describe(plugin, change), FlexCoreJson.Default.GrantChange))
            .Says<Client.GrantChange>("GrantPlugin", "Grant a plugin what it asks for, wherever it is used: what the body names, or all of it");
        plugins.MapPost("/{plugin}/revoke", (HttpContext context, string plugin, Grant? body) => answers.AskAsync(
            context, new RevokeCapabilities(plugin, OperationDocuments.Read(body)), change => OperationDocuments.Describe(plugin, change), FlexCoreJson.Default.GrantChange))
            .Says<Client.GrantChange>("RevokePlugin", "Take back what a plugin was granted: what the body names, or all of it");
    }

    private static void MapDeadLetters(RouteGroupBuilder letters, Answers answers)
    {
        letters.MapGet("", (HttpContext context, string? pipeline, string? step, Guid? run, string? stream, string? reason, string? status, string? after, int? limit) =>
        {
            var most = Paging.Limit(limit);
            return answers.AskAsync(
                context,
                new ListDeadLetters(new DeadLetterQuery(Paging.Id(after), most + 1, pipeline, step, run, stream, Wording.Read<DeadLetterReason>("reason", reason), Wording.Read<DeadLetterStatus>("status", status))),
                found => Paging.Of(found, most, letter => letter.Id.ToString(), OperationDocuments.Describe), FlexCoreJson.Default.PageDeadLetter);
        }).Says<Page<DeadLetter>>("ListDeadLetters", "Records that could not be processed, without their content, oldest first");
        letters.MapGet("/{letter}", (HttpContext context, string letter) => answers.AskAsync(context, new ShowDeadLetter(letter), OperationDocuments.DescribeWhole, FlexCoreJson.Default.DeadLetter))
            .Says<DeadLetter>("ShowDeadLetter", "A dead letter with its content");
        letters.MapPost("/replay", (HttpContext context, Client.ReplayDeadLetters body) => answers.AskAsync(
            context, new StartReplay(body.Letters, body.Set ?? ReadOnlyDictionary<string, string>.Empty) { Cause = RepeatedRequests.BegunOf(context)?.Cause },
            OperationDocuments.Describe, FlexCoreJson.Default.AcceptedReplay, StatusCodes.Status202Accepted))
            .Says<AcceptedReplay>("ReplayDeadLetters", "Queue runs that send dead letters again, as their pipelines are defined now: one for each place where they were put aside", StatusCodes.Status202Accepted);
        letters.MapPost("/discard", (HttpContext context, Client.DiscardDeadLetters body) => answers.AskAsync(
            context, new Ask.DeadLetters.DiscardDeadLetters(body.Letters), count => new DiscardedDeadLetters(count), FlexCoreJson.Default.DiscardedDeadLetters))
            .Says<DiscardedDeadLetters>("DiscardDeadLetters", "End dead letters that nobody needs");
    }

    private static void MapNodes(RouteGroupBuilder nodes, Answers answers)
    {
        nodes.MapGet("", (Delegate)((HttpContext context) => answers.AskAsync(context, new ListNodes(), found => new Page<Node>([.. found.Select(OperationDocuments.Describe)], Next: null), FlexCoreJson.Default.PageNode)))
            .Says<Page<Node>>("ListNodes", "The processes that run pipelines");
        nodes.MapPost("/{node}/drain", (HttpContext context, string node) => answers.AskAsync(context, new DrainNode(node), OperationDocuments.Describe, FlexCoreJson.Default.Node))
            .Says<Node>("DrainNode", "Let a node take no more runs");
    }

    private static void MapWorkers(RouteGroupBuilder workers, Answers answers)
    {
        workers.MapGet("", (HttpContext context, string? status) => answers.AskAsync(
            context, new ListWorkers(Wording.Read<ProvisioningStatus>("status", status)), found => new Page<Worker>([.. found.Select(OperationDocuments.Describe)], Next: null), FlexCoreJson.Default.PageWorker))
            .Says<Page<Worker>>("ListWorkers", "The nodes that come and go with the queue, and how far they are");
        workers.MapPost("/{worker}/release", (HttpContext context, string worker) => answers.AskAsync(context, new ReleaseWorker(worker), OperationDocuments.Describe, FlexCoreJson.Default.Worker))
            .Says<Worker>("ReleaseWorker", "Let a worker go, once its runs have ended");
    }

    private static void MapSecrets(RouteGroupBuilder secrets, Answers answers)
    {
        secrets.MapGet("", (Delegate)((HttpContext context) => answers.AskAsync(context, new ListSecrets(), found => new Page<Secret>([.. found.Select(OperationDocuments.Describe)], Next: null), FlexCoreJson.Default.PageSecret)))
            .Says<Page<Secret>>("ListSecrets", "Secrets by name, without their values");
        secrets.MapPut("/{secret}", (HttpContext context, string secret, Client.SetSecret body) => answers.AskAsync(context, new Ask.Secrets.SetSecret(secret, body.Value))).SaysNothing("SetSecret", "Give a secret a value");
        secrets.MapDelete("/{secret}", (HttpContext context, string secret) => answers.AskAsync(context, new DeleteSecret(secret))).SaysNothing("DeleteSecret", "Remove a secret");
    }

    private static void MapTokens(RouteGroupBuilder tokens, Answers answers, TimeProvider time)
    {
        tokens.MapGet("", (Delegate)((HttpContext context) => answers.AskAsync(
            context, new ListTokens(), found => new Page<Token>([.. found.Select(token => OperationDocuments.Describe(token, time.GetUtcNow()))], Next: null), FlexCoreJson.Default.PageToken)))
            .Says<Page<Token>>("ListTokens", "Access tokens without their texts, newest first");
        tokens.MapPost("", (HttpContext context, Client.CreateToken body) => answers.AskAsync(
            context, OperationDocuments.Read(body), issued => OperationDocuments.Describe(issued, time.GetUtcNow()), FlexCoreJson.Default.CreatedToken, StatusCodes.Status201Created))
            .Says<CreatedToken>("CreateToken", "Give an access token out; its text is told this once", StatusCodes.Status201Created).WithMetadata(new ToldOnceEndpoint());
        tokens.MapDelete("/{token}", (HttpContext context, string token) => answers.AskAsync(context, new RevokeToken(token))).SaysNothing("RevokeToken", "Have an access token refused from now on");
    }
}
