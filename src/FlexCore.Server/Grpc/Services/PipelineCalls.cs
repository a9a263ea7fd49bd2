using FlexCore.Application.Monitoring;
using FlexCore.Application.Pipelines;
using FlexCore.Server.Grpc.V1;
using Google.Protobuf.Reflection;
using PipelineLifecycle = FlexCore.Domain.Pipelines.PipelineLifecycle;

namespace FlexCore.Server.Grpc.Services;

/// <summary><c>flexcore.v1.PipelineService</c>.</summary>
internal static class PipelineCalls
{
    /// <summary>Makes the service.</summary>
    public static GrpcService Create() => new GrpcService(PipelineServiceReflection.Descriptor.FindTypeByName<ServiceDescriptor>("PipelineService"))
        .One<ListPipelinesRequest, ListPipelinesResponse>("List", ListAsync)
        .One<GetPipelineRequest, Pipeline>("Get", async (request, call) => Describe(await call.AskAsync(new ShowPipeline(request.Name))))
        .Change<ActivatePipelineRequest, PipelineState>("Activate", async (request, call) => Describe(await call.AskAsync(
            new ActivatePipeline(request.Name) { ExpectedVersion = request.HasExpectedRevision ? request.ExpectedRevision : null })))
        .Change<PausePipelineRequest, PipelineState>("Pause", async (request, call) => Describe(await call.AskAsync(
            new PausePipeline(request.Name, request.HasReason ? request.Reason : null) { ExpectedVersion = request.HasExpectedRevision ? request.ExpectedRevision : null })))
        .Change<ArchivePipelineRequest, PipelineState>("Archive", async (request, call) => Describe(await call.AskAsync(
            new ArchivePipeline(request.Name) { ExpectedVersion = request.HasExpectedRevision ? request.ExpectedRevision : null })));

    private static async Task<ListPipelinesResponse> ListAsync(ListPipelinesRequest request, GrpcCall call)
    {
        var (items, next) = Wire.Part(await call.AskAsync(new GetPipelineStatus()), pipeline => pipeline.Name, request.PageSize, request.PageToken);
        return new ListPipelinesResponse { Pipelines = { items.Select(Describe) }, NextPageToken = next };
    }

    private static PipelineListItem Describe(Application.Ports.PipelineStatus pipeline) => new()
    {
        Name = pipeline.Name, Version = pipeline.Version, Lifecycle = Describe(pipeline.Lifecycle), Runs = pipeline.Runs, Failures = pipeline.Failures,
        LastRun = pipeline.LastRun is { } run ? RunCalls.Describe(run) : null,
    };

    private static Pipeline Describe(PipelineHistory history) => new()
    {
        Name = history.Pipeline.Name, Lifecycle = Describe(history.Pipeline.Lifecycle), Version = history.Pipeline.Current!.Number, DefinitionJson = Wire.Json(history.Pipeline.Current.Definition),
        Versions =
        {
            history.Pipeline.Versions.Zip(history.Records, (version, fact) => new PipelineVersion { Version = version.Number, At = Wire.At(fact.At), Actor = fact.Actor, File = version.File, Hash = version.Hash }),
        },
        Revision = history.Stored,
    };

    private static PipelineState Describe(Domain.Pipelines.Pipeline pipeline) => new() { Name = pipeline.Name, Lifecycle = Describe(pipeline.Lifecycle) };

    private static V1.PipelineLifecycle Describe(PipelineLifecycle lifecycle) => Wire.Named<PipelineLifecycle, V1.PipelineLifecycle>(lifecycle);
}
