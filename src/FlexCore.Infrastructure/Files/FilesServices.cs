using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Files;

/// <summary>Makes an <see cref="IFileStore"/> available to a program, of the kind that its configuration chooses.</summary>
public static class FilesServices
{
    private const string Section = "Files";

    /// <summary>Adds an <see cref="IFileStore"/> with the options of <c>FlexCore:Files</c>, or of <c>FlexCore:Files:NAME</c>, and looks at its health.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="configuration">Has the options.</param>
    /// <param name="name">Of one among several, which is asked for by this key; null for the one without a name.</param>
    /// <param name="configure">Changes the options after they were read.</param>
    public static IServiceCollection AddFlexCoreFiles(this IServiceCollection services, IConfiguration configuration, string? name = null, Action<FilesOptions>? configure = null) =>
        ClientRegistration.Add(services, configuration, Section, name, configure, Open, static (IFileStore store, CancellationToken token) => store.CheckHealthAsync(token));

    /// <summary>Opens the store that the options name.</summary>
    internal static IFileStore Open(string name, FilesOptions options, ILoggerFactory loggers, TimeProvider time) => options.Kind switch
    {
        FileStoreKind.S3 => new S3FileStore(name, options, loggers, time),
        FileStoreKind.AzureBlob => new AzureBlobFileStore(name, options, loggers, time),
        _ => new LocalFileStore(options, time),
    };
}
