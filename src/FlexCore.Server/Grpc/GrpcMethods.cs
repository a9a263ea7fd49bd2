using FlexCore.Server.Grpc.Services;

namespace FlexCore.Server.Grpc;

/// <summary>All that can be called.</summary>
internal static class GrpcMethods
{
    private const string EarlierReflection = "grpc.reflection.v1alpha.ServerReflection";

    /// <summary>The methods by their paths.</summary>
    public static IReadOnlyDictionary<string, GrpcMethod> Create(ServedApplication served, TimeProvider time)
    {
        List<GrpcService> services = [PipelineCalls.Create(), new RunCalls(served.Log, time).Create(), PluginCalls.Create(), EventCalls.Create()];
        services.Add(new HealthCalls(services.Select(service => service.Descriptor.FullName).ToHashSet(StringComparer.Ordinal)).Create());
        var reflection = new ReflectionCalls([.. services.Select(service => service.Descriptor), ReflectionCalls.Descriptor]).Create();
        services.Add(reflection);
        var methods = services.SelectMany(service => service.Methods.Select(method => (Path: $"/{service.Descriptor.FullName}/{method.Key}", method.Value))).ToDictionary(method => method.Path, method => method.Value, StringComparer.Ordinal);
        foreach (var (name, method) in reflection.Methods) methods.Add($"/{EarlierReflection}/{name}", method);
        return methods;
    }
}
