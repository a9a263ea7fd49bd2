using FlexCore.EventStore.Tests;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

if (args is [WriterProcess.Command, var address, var name, var count])
{
    await WriterProcess.WriteAsync(address, name, int.Parse(count));
    return 0;
}

if (args is [BusyWriterProcess.Command, var place, var writer, var largest])
{
    await BusyWriterProcess.WriteAsync(place, writer, int.Parse(largest));
    return 0;
}

if (args is [SubscriberProcess.Command, var store, var subscription])
{
    await SubscriberProcess.WorkAsync(store, subscription);
    return 0;
}

return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
    ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await ConsoleRunner.Run(args);
