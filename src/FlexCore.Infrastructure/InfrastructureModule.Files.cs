using FlexCore.Application.Settings;
using FlexCore.Infrastructure.Files;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure;

/// <content>The project's store of files.</content>
public sealed partial class InfrastructureModule
{
    private static IFileStore OpenFiles(string dataDirectory, FileSettings settings, TimeProvider time)
    {
        var options = new FilesOptions { Folder = settings.Folder };
        switch (settings.Kind)
        {
            case FilesKind.S3:
                options.Kind = FileStoreKind.S3;
                options.S3 = new S3FilesOptions { Bucket = settings.Container, Region = settings.Region, Endpoint = settings.Endpoint, AccessKey = settings.Account, SecretKey = settings.Key };
                break;
            case FilesKind.AzureBlob:
                options.Kind = FileStoreKind.AzureBlob;
                options.AzureBlob = new AzureBlobFilesOptions { Container = settings.Container, Endpoint = settings.Endpoint, Account = settings.Account, AccountKey = settings.Key };
                break;
            default:
                options.Local = new LocalFilesOptions { Path = settings.Path ?? Path.Combine(dataDirectory, "files") };
                break;
        }

        return FilesServices.Open("files", options, NullLoggerFactory.Instance, time);
    }
}
