using System.Text.Json;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Application.Scheduling;
using FlexCore.Client;
using FlexCore.Server.Documents;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Ask = FlexCore.Application;

namespace FlexCore.Server.Rest;

/// <summary><c>/api/v1/pipelines</c> and <c>/api/v1/backfills</c>.</summary>
internal static class PipelineEndpoints
{
    private const string NoReason = "asked for over HTTP";

    public static void Map(RouteGroupBuilder api, Answers answers, TimeProvider time)
    {
        var pipelines = api.MapGroup("/pipelines").WithTags("pipelines");
        pipelines.MapGet("", (HttpContext context, string? search, string? lifecycle, string? after, int? limit) =>
        {
            var most = Paging.Limit(limit);
            return answers.AskAsync(
                context, new GetPipelineStatus { Filter = new PipelineFilter(most + 1, after, search, Wording.Read<Domain.Pipelines.PipelineLifecycle>("lifecycle", lifecycle)) },
                found => Paging.Of(found, most, pipeline => pipeline.Name, PipelineDocuments.Describe), FlexCoreJson.Default.PagePipelineListItem);
        }).Says<Page<PipelineListItem>>("ListPipelines", "Pipelines and how they fare, by name: all, those that have a text in their name, or those of a lifecycle");

        pipelines.MapGet("/{pipeline}", async (HttpContext context, string pipeline) =>
        {
            var found = await answers.SendAsync(context, new ShowPipeline(pipeline));
            if (!found.IsSuccess) await Problems.WriteAsync(context, found.Errors);
            else if (!VersionTags.IsKnown(context, found.Value.Stored)) await Answers.WriteAsync(context, PipelineDocuments.Describe(found.Value, time.GetUtcNow()), FlexCoreJson.Default.Pipeline);
        }).Says<Pipeline>("ShowPipeline", "A pipeline with all its versions; its ETag changes with it");

        pipelines.MapPost("/{pipeline}/activate", (HttpContext context, string pipeline) => answers.AskAsync(
            context, new ActivatePipeline(pipeline) { ExpectedVersion = VersionTags.Expected(context) }, PipelineDocuments.Describe, FlexCoreJson.Default.PipelineLifecycle))
            .Says<PipelineLifecycle>("ActivatePipeline", "Let the triggers of a pipeline start runs");
        pipelines.MapPost("/{pipeline}/pause", (HttpContext context, string pipeline, Client.PausePipeline? body) => answers.AskAsync(
            context, new Ask.Pipelines.PausePipeline(pipeline, body?.Reason) { ExpectedVersion = VersionTags.Expected(context) }, PipelineDocuments.Describe, FlexCoreJson.Default.PipelineLifecycle))
            .Says<PipelineLifecycle>("PausePipeline", "Let no run of a pipeline start; what runs goes on");
        pipelines.MapPost("/{pipeline}/archive", (HttpContext context, string pipeline) => answers.AskAsync(
            context, new ArchivePipeline(pipeline) { ExpectedVersion = VersionTags.Expected(context) }, PipelineDocuments.Describe, FlexCoreJson.Default.PipelineLifecycle))
            .Says<PipelineLifecycle>("ArchivePipeline", "Take a pipeline out of use");

        pipelines.MapPost("/plan", (HttpContext context, Client.ApplyPipelines body) => answers.AskAsync(
            context, new PlanPipelines(PipelineDocuments.Read(body)), changes => PipelineDocuments.Describe(changes, isDry: true), FlexCoreJson.Default.AppliedPipelines))
            .Says<AppliedPipelines>("PlanPipelines", "What would become of pipelines if files were applied");
        pipelines.MapPost("/apply", (HttpContext context, Client.ApplyPipelines body) => answers.AskAsync(
            context, new Ask.Pipelines.ApplyPipelines(PipelineDocuments.Read(body)), changes => PipelineDocuments.Describe(changes, isDry: false), FlexCoreJson.Default.AppliedPipelines))
            .Says<AppliedPipelines>("ApplyPipelines", "Make what is on record what files say: all of them, or none where anything is wrong");
        pipelines.MapPost("/validate", (HttpContext context, Client.ValidatePipeline body) => answers.AskAsync(
            context, new Ask.Pipelines.ValidatePipeline(PipelineDocuments.Read(body)), PipelineDocuments.Describe, FlexCoreJson.Default.ValidatedPipeline))
            .Says<ValidatedPipeline>("ValidatePipeline", "Check a pipeline file with everything that it names; every error at once, with line and column");
        pipelines.MapGet("/{pipeline}/diff", (HttpContext context, string pipeline, int? from, int? to) => answers.AskAsync(
            context, new ComparePipelineVersions(pipeline, from, to), PipelineDocuments.Describe, FlexCoreJson.Default.PipelineDiff))
            .Says<PipelineDiff>("ComparePipeline", "What differs between two versions of a pipeline: the last one and the one before, where nothing is said");
        pipelines.MapGet("/{pipeline}/definition", (HttpContext context, string pipeline, int? version) => answers.AskAsync(
            context, new FindPipelineVersion(pipeline, version), found => found.Definition, FlexCoreJson.Default.JsonElement))
            .Says<JsonElement>("ShowDefinition", "A definition of a pipeline, as written, secret fields masked");
        MapState(pipelines, answers);
        MapBackfills(api, pipelines, answers);
    }

    private static void MapState(RouteGroupBuilder pipelines, Answers answers)
    {
        pipelines.MapGet("/{pipeline}/state", (HttpContext context, string pipeline) => answers.AskAsync(
            context, new ListStates(pipeline), states => states, FlexCoreJson.Default.IReadOnlyDictionaryStringJsonElement))
            .Says<IReadOnlyDictionary<string, JsonElement>>("ListStates", "What is committed, by sync step");
        pipelines.MapGet("/{pipeline}/state/{step}", async (HttpContext context, string pipeline, string step, bool? newest, string? after, int? limit) =>
        {
            var (most, passed) = (Paging.Limit(limit), Paging.Number(after));
            var found = await answers.SendAsync(context, new ListStateVersions(pipeline, step));
            if (!found.IsSuccess) await Problems.WriteAsync(context, found.Errors);
            else if (!VersionTags.IsKnown(context, found.Value.Count))
            {
                var left = newest == true ? found.Value.Reverse().Where(version => passed == 0 || version.State.Version < passed) : found.Value.Where(version => version.State.Version > passed);
                await Answers.WriteAsync(context, Paging.Of([.. left.Take(most + 1)], most, version => $"{version.State.Version}", PipelineDocuments.Describe), FlexCoreJson.Default.PageStateVersion);
            }
        }).Says<Page<Client.StateVersion>>("ListStateVersions", "Every version of the bookmarks of a sync step, oldest first or, if wished, newest first; the ETag is the newest");
        pipelines.MapGet("/{pipeline}/state/{step}/{version:long}", (HttpContext context, string pipeline, string step, long version) => answers.AskAsync(
            context, new FindStateVersion(pipeline, step, version), PipelineDocuments.Describe, FlexCoreJson.Default.StateVersion))
            .Says<Client.StateVersion>("ShowStateVersion", "The bookmarks of a sync step as they were at a version");
        pipelines.MapPut("/{pipeline}/state/{step}", (HttpContext context, string pipeline, string step, Client.ChangeState body) => answers.AskAsync(
            context,
            (body.Value, body.FromVersion) switch
            {
                ({ } value, null) => (StateChange)new SetState(pipeline, step, value, VersionTags.Expected(context), body.Reason),
                (null, { } version) => new RevertState(pipeline, step, version, VersionTags.Expected(context), body.Reason),
                _ => throw Paging.Wrong("give either `value` or `from_version`"),
            },
            PipelineDocuments.Describe, FlexCoreJson.Default.State)).Says<State>("ChangeState", "Put the bookmarks of a sync step to a value, or back to an older version");
        pipelines.MapDelete("/{pipeline}/state/{step}", (HttpContext context, string pipeline, string step, string? reason) => answers.AskAsync(
            context, new ClearState(pipeline, step, VersionTags.Expected(context), reason), PipelineDocuments.Describe, FlexCoreJson.Default.State))
            .Says<State>("ClearState", "Remove the bookmarks of a sync step: the next run begins anew");
    }

    private static void MapBackfills(RouteGroupBuilder api, RouteGroupBuilder pipelines, Answers answers)
    {
        pipelines.MapPost("/{pipeline}/backfills", (HttpContext context, string pipeline, Client.StartBackfill body) => answers.AskAsync(
            context, new Ask.Scheduling.StartBackfill(pipeline, body.From, body.To, body.Parallel), PipelineDocuments.Describe, FlexCoreJson.Default.Backfill, StatusCodes.Status202Accepted))
            .Says<Backfill>("StartBackfill", "Runs for the due times of a range", StatusCodes.Status202Accepted);
        var backfills = api.MapGroup("/backfills").WithTags("pipelines");
        backfills.MapGet("", (HttpContext context, int? limit) =>
        {
            var most = Paging.Limit(limit);
            return answers.AskAsync(context, new ListBackfills(most), found => new Page<Backfill>([.. found.Select(PipelineDocuments.Describe)], Next: null), FlexCoreJson.Default.PageBackfill);
        }).Says<Page<Backfill>>("ListBackfills", "The newest backfills");
        backfills.MapPost("/{backfill:guid}/pause", (HttpContext context, Guid backfill, StopBackfill? body) => answers.AskAsync(
            context, new PauseBackfill(backfill, body?.Reason), PipelineDocuments.Describe, FlexCoreJson.Default.Backfill)).Says<Backfill>("PauseBackfill", "Start no further runs of a backfill for a while");
        backfills.MapPost("/{backfill:guid}/resume", (HttpContext context, Guid backfill) => answers.AskAsync(
            context, new ResumeBackfill(backfill), PipelineDocuments.Describe, FlexCoreJson.Default.Backfill)).Says<Backfill>("ResumeBackfill", "Let a backfill go on");
        backfills.MapPost("/{backfill:guid}/cancel", (HttpContext context, Guid backfill, StopBackfill? body) => answers.AskAsync(
            context, new CancelBackfill(backfill, body?.Reason ?? NoReason), PipelineDocuments.Describe, FlexCoreJson.Default.Backfill)).Says<Backfill>("CancelBackfill", "End a backfill and its runs");
    }
}
