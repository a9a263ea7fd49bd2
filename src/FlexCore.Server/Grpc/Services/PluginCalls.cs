using FlexCore.Application.Monitoring;
using FlexCore.Application.Plugins;
using FlexCore.Server.Grpc.V1;
using Google.Protobuf.Reflection;

namespace FlexCore.Server.Grpc.Services;

/// <summary><c>flexcore.v1.PluginService</c>.</summary>
internal static class PluginCalls
{
    /// <summary>Makes the service.</summary>
    public static GrpcService Create() => new GrpcService(PluginServiceReflection.Descriptor.FindTypeByName<ServiceDescriptor>("PluginService"))
        .One<ListPluginsRequest, ListPluginsResponse>("List", ListAsync)
        .One<GetPluginRequest, Plugin>("Get", async (request, call) => Describe(await call.AskAsync(new ShowPlugin(request.Name))));

    private static async Task<ListPluginsResponse> ListAsync(ListPluginsRequest request, GrpcCall call)
    {
        var (items, next) = Wire.Part(await call.AskAsync(new ListActivePlugins()), plugin => plugin.Name, request.PageSize, request.PageToken);
        return new ListPluginsResponse { Plugins = { items.Select(Describe) }, NextPageToken = next };
    }

    private static PluginListItem Describe(Application.Ports.PluginInventory plugin)
    {
        var item = new PluginListItem
        {
            Name = plugin.Name, Executions = plugin.Executions, Failures = plugin.Failures, CpuMs = plugin.CpuMs, PeakMemoryBytes = plugin.PeakMemoryBytes, LastUsedAt = Wire.At(plugin.LastUsedAt),
        };
        if (plugin.Version is { } version) item.Registered = version;
        return item;
    }

    private static Plugin Describe(PluginSummary plugin) => new()
    {
        Name = plugin.Name,
        Registered = plugin.Plugin.Registered is { } registered ? new PluginRegistration { Version = registered.Version, Kind = registered.Kind, Digest = registered.Digest } : null,
        Asks = Describe(plugin.Plugin.Asked), Standing = Describe(plugin.Plugin.Standing), Waiting = Describe(plugin.Plugin.Waiting),
    };

    private static Grant Describe(Domain.Plugins.Grant grant) => new() { Read = { grant.Read }, Write = { grant.Write }, Env = { grant.Env }, Net = { grant.Net }, Secrets = { grant.Secrets } };
}
