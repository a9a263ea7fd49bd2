using FlexCore.Server.Grpc.V1;
using Google.Protobuf.Reflection;

namespace FlexCore.EndToEnd.Server;

/// <summary>The contract of <c>flexcore.v1</c> is locked: what a client was built with stays.</summary>
public sealed class GrpcContractTests
{
    private const string WriteDocsVariable = "FLEXCORE_WRITE_DOCS";

    private static readonly string LockFile = Repository.PathOf("docs", "reference", "flexcore.v1.lock.txt");

    private static readonly string[] Head =
    [
        "# The contract of flexcore.v1: every service, method, message, field and value, with its number and type. Written by",
        "# FLEXCORE_WRITE_DOCS=1 dotnet test tests/FlexCore.EndToEnd --filter GrpcContractTests, which adds and never takes away.",
    ];

    private static readonly FileDescriptor[] Files =
        [PipelineServiceReflection.Descriptor, RunServiceReflection.Descriptor, PluginServiceReflection.Descriptor, EventServiceReflection.Descriptor];

    /// <summary>A line of the lock that is gone breaks clients: v1 takes nothing back. For what is new, write the lock anew and commit it.</summary>
    [Fact]
    public async Task Nothing_of_the_contract_is_changed_or_taken_away_and_what_is_new_is_locked()
    {
        var now = Files.SelectMany(Describe).ToList();
        var locked = File.Exists(LockFile) ? (await File.ReadAllLinesAsync(LockFile, TestContext.Current.CancellationToken)).Where(line => line.Length > 0 && line[0] != '#').ToList() : [];
        locked.Except(now, StringComparer.Ordinal).ShouldBeEmpty("it was part of the contract: clients that were built with it break");
        if (Environment.GetEnvironmentVariable(WriteDocsVariable) == "1") await File.WriteAllLinesAsync(LockFile, [.. Head, .. now], TestContext.Current.CancellationToken);
        else now.ShouldBe(locked, $"the contract has grown: write the lock anew with {WriteDocsVariable}=1");
    }

    [Fact]
    public void Every_file_is_of_the_one_package_and_every_enumeration_begins_with_unspecified()
    {
        Files.ShouldAllBe(file => file.Package == "flexcore.v1");
        Files.SelectMany(file => file.EnumTypes).ShouldAllBe(type => type.FindValueByNumber(0).Name.EndsWith("_UNSPECIFIED", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Describe(FileDescriptor file) =>
    [
        .. file.Services.SelectMany(service => service.Methods).Select(method =>
            $"rpc {method.FullName}({Stream(method.IsClientStreaming)}{method.InputType.FullName}) returns ({Stream(method.IsServerStreaming)}{method.OutputType.FullName})"),
        .. file.MessageTypes.SelectMany(type => type.Fields.InFieldNumberOrder()).Select(field => $"field {field.FullName} = {field.FieldNumber}: {Type(field)}"),
        .. file.EnumTypes.SelectMany(type => type.Values.Select(value => $"value {type.FullName}.{value.Name} = {value.Number}")),
    ];

    private static string Stream(bool isStream) => isStream ? "stream " : "";

    private static string Type(FieldDescriptor field) => field switch
    {
        { IsMap: true } => $"map<{Type(field.MessageType.FindFieldByNumber(1))}, {Type(field.MessageType.FindFieldByNumber(2))}>",
        { IsRepeated: true } => $"repeated {Element(field)}",
        { HasPresence: true, FieldType: not FieldType.Message } => $"optional {Element(field)}",
        _ => Element(field),
    };

    private static string Element(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => field.MessageType.FullName,
        FieldType.Enum => field.EnumType.FullName,
        var type => type.ToString().ToLowerInvariant(),
    };
}
