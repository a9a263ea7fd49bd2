using FlexCore.Infrastructure.Files;
using FlexCore.Infrastructure.Tests.Http;
using FlexCore.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.Files;

/// <summary>What keeps files, started for all tests of a class.</summary>
public interface IFileBackEnd : IAsyncLifetime
{
    /// <summary>Sets how it is reached.</summary>
    void Configure(FilesOptions options);
}

/// <summary>The same, of what runs elsewhere and can go away.</summary>
public interface IRemoteFileBackEnd : IFileBackEnd
{
    /// <summary>Lets it go away in the middle of what it does.</summary>
    Task StopAsync();

    /// <summary>Brings it back with what it had.</summary>
    Task StartAgainAsync();

    /// <summary>Sets a place that is not there.</summary>
    void Misplace(FilesOptions options);

    /// <summary>Sets credentials that are not known.</summary>
    void Deny(FilesOptions options);
}

/// <summary>A folder, with a server for its links.</summary>
public sealed class LocalBackEnd : IFileBackEnd
{
    private const string Route = "/api/v1/files/";

    private readonly DataFolder _folder = new();
    private TestService _links = null!;

    public async ValueTask InitializeAsync() => _links = await TestService.StartAsync(ServeAsync);

    public void Configure(FilesOptions options)
    {
        options.Kind = FileStoreKind.Local;
        options.Local = new LocalFilesOptions { Path = Path.Combine(_folder.Path, "store"), LinkAddress = $"{_links.Address.TrimEnd('/')}{Route}{options.Folder}", LinkKey = new string('k', 32) };
    }

    public async ValueTask DisposeAsync()
    {
        await _links.DisposeAsync();
        _folder.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        // What a test has before its names is the first part of the path.
        var path = context.Request.Path.Value![Route.Length..];
        var slash = path.IndexOf('/', StringComparison.Ordinal) + 1;
        var (options, name) = (new FilesOptions { Folder = path[..slash] }, path[slash..]);
        Configure(options);
        await using var store = (LocalFileStore)FilesServices.Open("links", options, NullLoggerFactory.Instance, TimeProvider.System);
        var use = HttpMethods.IsPut(context.Request.Method) ? FileLinkUse.Put : FileLinkUse.Get;
        if (!store.IsPermitted(name, use, $"{context.Request.Query["expires"]}", $"{context.Request.Query["signature"]}"))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
        }
        else if (use == FileLinkUse.Put)
        {
            await store.PutAsync(name, context.Request.Body, context.RequestAborted);
        }
        else if (await store.OpenAsync(name, range: null, context.RequestAborted) is { } content)
        {
            await using (content) await content.Stream.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
    }
}

/// <summary>What speaks S3's protocol.</summary>
public sealed class S3BackEnd : IRemoteFileBackEnd
{
    private S3Server _server = null!;

    public async ValueTask InitializeAsync() => _server = await S3Server.StartAsync();

    public void Configure(FilesOptions options)
    {
        options.Kind = FileStoreKind.S3;
        options.S3 = new S3FilesOptions { Bucket = S3Server.Bucket, Endpoint = _server.Address, AccessKey = S3Server.Key, SecretKey = S3Server.Key };
    }

    public Task StopAsync() => _server.KillAsync();

    public Task StartAgainAsync() => _server.StartAgainAsync();

    public void Misplace(FilesOptions options) => options.S3.Bucket = "none";

    public void Deny(FilesOptions options) => options.S3.SecretKey = "another";

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}

/// <summary>What speaks the protocol of Azure's blob storage.</summary>
public sealed class AzureBlobBackEnd : IRemoteFileBackEnd
{
    private const string Container = "files";

    private AzuriteServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await AzuriteServer.StartAsync();
        var options = new FilesOptions();
        Configure(options);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{_server.Address}/{Container}?restype=container");
        request.Headers.Add("x-ms-version", AzureBlobKey.Version);
        new AzureBlobKey(options.AzureBlob, TimeProvider.System).Sign(request);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    public void Configure(FilesOptions options)
    {
        options.Kind = FileStoreKind.AzureBlob;
        options.AzureBlob = new AzureBlobFilesOptions { Container = Container, Account = AzuriteServer.Account, Endpoint = _server.Address, AccountKey = AzuriteServer.Key };
    }

    public Task StopAsync() => _server.StopAsync();

    public Task StartAgainAsync() => _server.StartAgainAsync();

    public void Misplace(FilesOptions options) => options.AzureBlob.Container = "none";

    public void Deny(FilesOptions options) => options.AzureBlob.AccountKey = Convert.ToBase64String(new byte[64]);

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}

/// <summary>Files in a folder.</summary>
public sealed class LocalFileStoreConformance(LocalBackEnd backEnd) : FileStoreConformance<LocalBackEnd>(backEnd);

/// <summary>Files in S3.</summary>
public sealed class S3FileStoreConformance(S3BackEnd backEnd) : RemoteFileStoreConformance<S3BackEnd>(backEnd);

/// <summary>Files in Azure's blob storage.</summary>
public sealed class AzureBlobFileStoreConformance(AzureBlobBackEnd backEnd) : RemoteFileStoreConformance<AzureBlobBackEnd>(backEnd);
