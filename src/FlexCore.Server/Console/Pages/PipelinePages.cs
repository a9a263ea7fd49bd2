using FlexCore.Application.Monitoring;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain.Runs;
using FlexCore.Server.Documents;
using FlexCore.Server.Rest;
using Microsoft.AspNetCore.Routing;
using PipelineLifecycle = FlexCore.Domain.Pipelines.PipelineLifecycle;

namespace FlexCore.Server.Console.Pages;

/// <summary><c>/pipelines</c>.</summary>
internal static class PipelinePages
{
    private const int NewestRuns = 10;

    public static void Map(IEndpointRouteBuilder routes, Site site)
    {
        site.Page(routes, "/pipelines", ListAsync);
        site.Page(routes, "/pipelines/{pipeline}", ShowAsync);
        site.Form(routes, "/pipelines/{pipeline}/start", async visit => new Done(
            $"/runs/{await visit.AskAsync(new StartPipeline(visit.Part("pipeline"), visit.SaidBehind("var."), RunTrigger.Manual, visit.Said("full_refresh") is not null))}", Deed.RunStarted), again: ShowAsync);

        // Where the form was not taken, the page stands at its address.
        site.Page(routes, "/pipelines/{pipeline}/start", ShowAsync);
        site.Form(routes, "/pipelines/{pipeline}/pause", async visit =>
        {
            await visit.AskAsync(new PausePipeline(visit.Part("pipeline"), visit.Said("reason")));
            return new Done($"/pipelines/{visit.Part("pipeline")}", Deed.PipelinePaused);
        });
        site.Form(routes, "/pipelines/{pipeline}/activate", async visit =>
        {
            await visit.AskAsync(new ActivatePipeline(visit.Part("pipeline")));
            return new Done($"/pipelines/{visit.Part("pipeline")}", Deed.PipelineActivated);
        });
    }

    private static async Task<PageContent> ListAsync(Visit visit)
    {
        var (search, lifecycle) = (visit.Said("search"), visit.Said("lifecycle"));
        var found = await visit.AskAsync(new GetPipelineStatus { Filter = new PipelineFilter(Paging.Usual + 1, visit.Said("after"), search, Wording.Read<PipelineLifecycle>("lifecycle", lifecycle)) });
        return PageContent.Of<PipelinesPage>("Pipelines", new PipelinesModel(Paging.Of(found, Paging.Usual, pipeline => pipeline.Name, PipelineDocuments.Describe), search, lifecycle));
    }

    private static async Task<PageContent> ShowAsync(Visit visit)
    {
        var name = visit.Part("pipeline");
        var pipeline = PipelineDocuments.Describe(await visit.AskAsync(new ShowPipeline(name)), visit.Now);
        var runs = await visit.AskAsync(new GetExecutionHistory(new RunFilter(NewestRuns, name)));
        var compared = visit.Number("to") is { } to ? await visit.AskAsync(new ComparePipelineVersions(name, (int?)visit.Number("from"), (int)to)) : null;
        return PageContent.Of<PipelinePage>(
            name, new PipelineModel(pipeline, DefinedStep.Read(pipeline.Definition), [.. runs.Select(RunDocuments.Describe)], compared is null ? null : PipelineDocuments.Describe(compared)));
    }
}
