using FlexCore.Application.Monitoring;
using FlexCore.Application.Ports;
using FlexCore.Client;
using FlexCore.Server.Documents;
using FlexCore.Server.Rest;
using Microsoft.AspNetCore.Routing;

namespace FlexCore.Server.Console.Pages;

/// <summary><c>/events</c>: the log, as auditors look at it.</summary>
internal static class EventPages
{
    private static readonly TimeSpan LongestVerification = TimeSpan.FromSeconds(90);

    public static void Map(IEndpointRouteBuilder routes, Site site)
    {
        site.Page(routes, "/events", ListAsync);
        site.Page(routes, "/events/{position:long}", async visit =>
        {
            var stored = await visit.AskAsync(new ShowEvent(long.Parse(visit.Part("position"))));
            return PageContent.Of<EventPage>($"{stored.Type} at {stored.Position}", OperationDocuments.Describe(stored));
        });
        site.File(routes, "/events/{position:long}/proof", ProveAsync);
        site.Page(routes, "/events/streams/{stream}", ReplayAsync);
        site.Page(routes, "/events/integrity", async visit => PageContent.Of<IntegrityPage>("Integrity", new IntegrityModel(await visit.AskAsync(new GetLogKey()), Found: null)));
        site.Form(routes, "/events/integrity", async visit =>
        {
            var found = await visit.AskAsync(new VerifyHistory(new HistoryEvidence([], []), visit.Said("since_last") is not null) { Within = LongestVerification });
            return new Done(Where: null, Deed.LogVerified) { Page = PageContent.Of<IntegrityPage>("Integrity", new IntegrityModel(await visit.AskAsync(new GetLogKey()), HistoryDocuments.Describe(found))) };
        });
    }

    private static async Task<PageContent> ListAsync(Visit visit)
    {
        var (category, type, stream, after) = (visit.Said("category"), visit.Said("type"), visit.Said("stream"), visit.Said("after"));
        var found = await visit.AskAsync(new ListEvents(new EventQuery(Paging.Number(after), Paging.Usual + 1, stream, category, type)) { IsNewest = true });
        return PageContent.Of<EventsPage>("Events", new EventsModel(Paging.Of(found, Paging.Usual, stored => $"{stored.Position}", OperationDocuments.Describe), category, type, stream, after, visit.Said("follow") is not null && after is null));
    }

    private static async Task<PageContent> ReplayAsync(Visit visit)
    {
        var stream = visit.Part("stream");
        var events = await visit.AskAsync(new ListEvents(new EventQuery(After: 0, int.MaxValue, stream)));
        var version = Math.Clamp(visit.Number("version") ?? events.Count, 1, Math.Max(1, events.Count));
        var then = await visit.AskAsync(new ReplayEventsQuery(stream, version));
        return PageContent.Of<StreamPage>(stream, new StreamModel(stream, [.. events.Select(OperationDocuments.Describe)], version, OperationDocuments.Describe(then)));
    }

    private static async Task ProveAsync(Visit visit)
    {
        var proof = await visit.AskAsync(new ProveEvent(long.Parse(visit.Part("position"))));
        visit.Context.Response.Headers.ContentDisposition = $"attachment; filename=\"proof-{visit.Part("position")}.json\"";
        await Answers.WriteAsync(visit.Context, proof, FlexCoreJson.Default.JsonElement);
    }
}
