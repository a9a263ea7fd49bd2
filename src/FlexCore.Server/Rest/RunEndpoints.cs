using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Client;
using FlexCore.Domain.Runs;
using FlexCore.Server.Documents;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Ask = FlexCore.Application.Runs;

namespace FlexCore.Server.Rest;

/// <summary><c>/api/v1/runs</c>.</summary>
internal static class RunEndpoints
{
    private const string NoReason = "asked for over HTTP";

    public static void Map(RouteGroupBuilder api, Answers answers, RunEventStream events, TimeProvider time, CancellationToken stopping)
    {
        var runs = api.MapGroup("/runs").WithTags("runs");
        runs.MapGet("", (HttpContext context, string? pipeline, string? status, DateTimeOffset? since, string? after, int? limit) =>
        {
            var most = Paging.Limit(limit);
            return answers.AskAsync(
                context, new GetExecutionHistory(new RunFilter(most + 1, pipeline, Wording.Read<RunStatus>("status", status), Paging.Id(after), Since: since)),
                found => Paging.Of(found, most, run => run.RunId.ToString(), RunDocuments.Describe), FlexCoreJson.Default.PageRunListItem);
        }).Says<Page<RunListItem>>("ListRuns", "Runs, newest first");

        runs.MapPost("", (HttpContext context, StartRun body) => answers.AskAsync(
            context, new StartPipeline(body.Pipeline, body.Set ?? NoVariables, Domain.Runs.RunTrigger.Manual, body.FullRefresh, body.Priority) { RunId = RepeatedRequests.BegunOf(context)?.RunIdOf(body.Pipeline) },
            id => new AcceptedRun(id), FlexCoreJson.Default.AcceptedRun, StatusCodes.Status202Accepted)).Says<AcceptedRun>("StartRun", "Queue a run of a pipeline", StatusCodes.Status202Accepted);

        runs.MapGet("/{run}", async (HttpContext context, string run) =>
        {
            var found = await answers.SendAsync(context, new ShowRun(run));
            if (found.IsSuccess) await answers.AskAsync(context, new ListStates(found.Value.State.Pipeline, OnlyReadable: true), states => RunDocuments.Describe(found.Value, states), FlexCoreJson.Default.Run);
            else await Problems.WriteAsync(context, found.Errors);
        }).Says<Client.Run>("ShowRun", "A run, by its id, the beginning or end of it, or `latest`");

        runs.MapGet("/{run:guid}/logs", (HttpContext context, Guid run, string? level, string? step, string? text, bool? newest, string? after, int? limit) =>
        {
            var (most, passed) = (Paging.Limit(limit), (int)Math.Min(Paging.Number(after), int.MaxValue));
            return answers.AskAsync(
                context, new ReadRunLog(run, passed, newest == true ? most : most + 1) { Least = Wording.Read<LogLineLevel>("level", level), Step = step, Text = text, IsNewest = newest == true },
                lines => new Page<RunLogLine>([.. lines.Take(most).Select(RunDocuments.Describe)], lines.Count > most ? $"{passed + most}" : null), FlexCoreJson.Default.PageRunLogLine);
        }).Says<Page<RunLogLine>>("ReadRunLog", "What the plugins of a run said, oldest first: of a level or graver, of a step, with a text in it; of many lines the first or, if wished, the newest");

        runs.MapGet("/{run:guid}/events", (HttpContext context, Guid run, string? after, int? limit) =>
        {
            if (RunEventStream.IsWanted(context.Request)) return events.FollowAsync(context, run);
            var most = Paging.Limit(limit);
            return answers.AskAsync(
                context, new ListRunEvents(run, Paging.Number(after)), found => Paging.Of(found, most, stored => $"{stored.Version}", OperationDocuments.Describe), FlexCoreJson.Default.PageStoredEvent);
        }).Says<Page<Client.StoredEvent>>("ListRunEvents", "What has happened to a run; with `Accept: text/event-stream`, what happens too, until it has ended");

        runs.MapPost("/{run:guid}/cancel", (HttpContext context, Guid run, Client.CancelRun? body) => answers.AskAsync(
            context, new Ask.CancelRun(run, body?.Reason ?? NoReason), RunDocuments.DescribeCancelled, FlexCoreJson.Default.CancelledRun))
            .Says<CancelledRun>("CancelRun", "End a run that waits, and ask the node of one that has begun to end it");

        runs.MapPost("/{run:guid}/retry", (HttpContext context, Guid run, Client.RetryRun? body) => answers.AskAsync(
            context, new Ask.RetryRun(run, body?.FromStart ?? false, body?.Set ?? NoVariables) { Cause = RepeatedRequests.BegunOf(context)?.Cause }, id => new AcceptedRun(id), FlexCoreJson.Default.AcceptedRun, StatusCodes.Status202Accepted))
            .Says<AcceptedRun>("RetryRun", "Queue a run again: what has not succeeded, or all of it", StatusCodes.Status202Accepted);

        runs.MapGet("/{run}/diff/{other}", (HttpContext context, string run, string other) => answers.AskAsync(
            context, new CompareRuns(run, other), RunDocuments.Describe, FlexCoreJson.Default.RunComparison)).Says<Client.RunComparison>("CompareRuns", "What is not the same in two runs");

        var news = new RunNewsStream(answers, time, stopping);
        runs.MapGet("/{run:guid}/watch", (HttpContext context, Guid run) => news.FollowAsync(context, run))
            .Says<RunNews>("WatchRun", "What is told of a run while it happens, until it has ended: steps, progress and log lines, as Server-Sent Events", contentType: "text/event-stream");
        ArtifactEndpoints.Map(runs, answers);
        MapQueue(api, answers);
    }

    /// <summary>What runs wait, or are under way at nodes.</summary>
    private static void MapQueue(RouteGroupBuilder api, Answers answers) => api.MapGet("/queue", (HttpContext context, string where, string? after, int? limit) =>
    {
        var most = Paging.Limit(limit);
        return answers.AskAsync(context, new FindQueuedRuns(where), found => Paging.OfRanked(found, after, most, run => run.Entry.RunId.ToString(), RunDocuments.Describe), FlexCoreJson.Default.PageQueuedRun);
    }).Says<Page<Client.QueuedRun>>("ListQueue", "The runs that wait or are at a node and fit a condition over pipeline, status, age, priority, key, node and run_id; oldest first").WithTags("runs");

    private static readonly Dictionary<string, string> NoVariables = [];
}
