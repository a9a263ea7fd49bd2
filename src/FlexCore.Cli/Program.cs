using System.CommandLine;
using FlexCore.Cli.Commands;
using FlexCore.Cli.Output;

var root = new RootCommand("FlexCore runs data pipelines whose steps are plugins, each in its own sandbox, with every change of state on record.")
{
    RunCommand.Create(),
    ValidateCommand.Create(),
    InitCommand.Create(),
    SchemaCommand.Create(),
    PipelineCommands.Create(),
    BackfillCommands.Create(),
    PluginCommands.Create(),
    RunsCommands.Create(),
    StateCommands.Create(),
    DeadLettersCommands.Create(),
    EventsCommands.Create(),
    SecretsCommands.Create(),
    CatalogCommands.Create(),
    TokenCommands.Create(),
    LoginCommands.Login(),
    LoginCommands.Logout(),
    NotifyCommand.Create(),
    DbCommands.Create(),
    ServeCommand.Create(),
    NodesCommands.Create(),
    WorkersCommands.Create(),
    DoctorCommand.Create(),
};
return await CommandLine.InvokeAsync(root, args);
