using FlexCore.Server.Grpc.Reflection;
using Google.Protobuf.Reflection;

namespace FlexCore.Server.Grpc.Services;

/// <summary><c>grpc.reflection.v1.ServerReflection</c>, also under its earlier name: what there is, as descriptors.</summary>
internal sealed class ReflectionCalls(IReadOnlyList<ServiceDescriptor> services)
{
    private readonly Dictionary<string, FileDescriptor> _files = WithImports(services.Select(service => service.File)).ToDictionary(file => file.Name, StringComparer.Ordinal);

    /// <summary>What the file says of the service.</summary>
    public static ServiceDescriptor Descriptor => ReflectionReflection.Descriptor.FindTypeByName<ServiceDescriptor>("ServerReflection");

    /// <summary>Makes the service.</summary>
    public GrpcService Create() => new GrpcService(Descriptor).Each<ServerReflectionRequest, ServerReflectionResponse>("ServerReflectionInfo", Answer);

    private ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var answer = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case ServerReflectionRequest.MessageRequestOneofCase.ListServices:
                answer.ListServicesResponse = new ListServiceResponse { Service = { services.Select(service => new ServiceResponse { Name = service.FullName }) } };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileByFilename:
                Say(answer, _files.GetValueOrDefault(request.FileByFilename));
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol:
                Say(answer, _files.Values.FirstOrDefault(file => Has(file, request.FileContainingSymbol)));
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingExtension or ServerReflectionRequest.MessageRequestOneofCase.AllExtensionNumbersOfType:
                answer.ErrorResponse = new ErrorResponse { ErrorCode = (int)GrpcCode.NotFound, ErrorMessage = "there are no extensions" };
                break;
            default:
                answer.ErrorResponse = new ErrorResponse { ErrorCode = (int)GrpcCode.Unimplemented, ErrorMessage = "that cannot be asked" };
                break;
        }

        return answer;
    }

    private static void Say(ServerReflectionResponse answer, FileDescriptor? file)
    {
        if (file is null) answer.ErrorResponse = new ErrorResponse { ErrorCode = (int)GrpcCode.NotFound, ErrorMessage = "there is no such thing" };
        else answer.FileDescriptorResponse = new FileDescriptorResponse { FileDescriptorProto = { WithImports([file]).Select(each => each.SerializedData) } };
    }

    private static bool Has(FileDescriptor file, string symbol) =>
        file.Services.Any(service => service.FullName == symbol || service.Methods.Any(method => method.FullName == symbol))
        || file.EnumTypes.Any(type => type.FullName == symbol)
        || file.MessageTypes.Any(type => Has(type, symbol));

    private static bool Has(MessageDescriptor type, string symbol) =>
        type.FullName == symbol || type.Fields.InDeclarationOrder().Any(field => field.FullName == symbol) || type.EnumTypes.Any(inner => inner.FullName == symbol) || type.NestedTypes.Any(inner => Has(inner, symbol));

    // Each file before those that it imports, and once.
    private static IEnumerable<FileDescriptor> WithImports(IEnumerable<FileDescriptor> files)
    {
        var (seen, waiting) = (new HashSet<string>(StringComparer.Ordinal), new Queue<FileDescriptor>(files));
        while (waiting.TryDequeue(out var file))
        {
            if (!seen.Add(file.Name)) continue;
            yield return file;
            foreach (var import in file.Dependencies) waiting.Enqueue(import);
        }
    }
}
