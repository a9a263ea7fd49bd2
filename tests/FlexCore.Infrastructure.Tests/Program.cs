using FlexCore.Infrastructure.Tests;
using FlexCore.Infrastructure.Tests.Caching;
using FlexCore.Infrastructure.Tests.Coordination;
using FlexCore.Infrastructure.Tests.DeadLetters;
using FlexCore.Infrastructure.Tests.Files;
using FlexCore.Infrastructure.Tests.Kafka;
using FlexCore.Infrastructure.Tests.Persistence;
using FlexCore.Infrastructure.Tests.Secrets;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

if (args is [LockHolder.Command, var run, .. var address])
{
    await LockHolder.HoldUntilKilledAsync(Guid.Parse(run), address);
    return 0;
}

if (args is [LetterWriter.Command, var dataDirectory, var writer, var calls])
{
    await LetterWriter.WriteAsync(dataDirectory, Guid.Parse(writer), int.Parse(calls));
    return 0;
}

if (args is [SecretWriter.Command, var secretsFolder, var prefix, var secrets])
{
    await SecretWriter.WriteAsync(secretsFolder, prefix, int.Parse(secrets));
    return 0;
}

if (args is [FolderWriter.Command, var catalogFolder])
{
    await FolderWriter.WriteUntilKilledAsync(catalogFolder);
    return 0;
}

if (args is [FileWriter.Command, var filesFolder])
{
    await FileWriter.WriteUntilKilledAsync(filesFolder);
    return 0;
}

if (args is [KafkaWorker.Command, var broker, var group, var topic])
{
    await KafkaWorker.WorkAsync(broker, group, topic);
    return 0;
}

if (args is [CacheWorker.Command, var redis, var cache])
{
    await CacheWorker.AskAsync(redis, cache);
    return 0;
}

return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
    ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await ConsoleRunner.Run(args);
