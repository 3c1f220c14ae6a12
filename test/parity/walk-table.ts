/**
 * What becomes here of every name that `@openai/agents` 0.20 exports, and of every member. A name
 * that is out of scope, or not here yet, stands for its members too. Each list is one text.
 */
type Table = Readonly<Record<string, string>>;

/** By the test that runs it on both libraries. */
export const honoured: Table = {
  "parity/agent-tools.test.ts > offers an agent as a tool only where it is enabled": `
    Agent.asTool AgentToolOptions.isEnabled AgentToolOptions.toolDescription
    AgentToolOptions.toolName
  `,
  "parity/agent-tools.test.ts > rejects the delegation itself": `
    AgentToolOptions.needsApproval
  `,
  "parity/agent-tools.test.ts > tells a function the events of the run inside": `
    RunItemStreamEvent.name
  `,
  "parity/agent-tools.test.ts > waits in an agent that the inner run handed off to": `
    SerializedHandoff.toolDescription SerializedHandoff.toolName
  `,
  "parity/agents.test.ts > ${name} after tools were used": `
    Agent.toolUseBehavior AgentOptions.toolUseBehavior ToolOptions.needsApproval
  `,
  "parity/agents.test.ts > asks again where a response says nothing": `
    AssistantMessageItem.content
  `,
  "parity/agents.test.ts > asks for a structured output with a JSON Schema": `
    JsonSchemaDefinition.name JsonSchemaDefinition.schema JsonSchemaDefinition.strict
    JsonSchemaDefinition.type
  `,
  "parity/agents.test.ts > clones an agent with changes": `
    Agent.clone Agent.modelSettings AgentOptions.modelSettings
  `,
  "parity/agents.test.ts > creates agents whose handoffs have outputs of their own": `
    Agent.create RunHandoffCallItem.agent RunHandoffCallItem.rawItem RunHandoffCallItem.type
    RunHandoffOutputItem.rawItem RunHandoffOutputItem.sourceAgent
    RunHandoffOutputItem.targetAgent RunHandoffOutputItem.type
  `,
  "parity/agents.test.ts > fails where the model refuses": `
    FunctionToolResult.tool ModelRefusalError ModelRefusalError.refusal
    ToolsToFinalOutputResult.isFinalOutput ToolsToFinalOutputResult.isInterrupted
  `,
  "parity/agents.test.ts > fails where the output does not fit": "ModelBehaviorError",
  "parity/agents.test.ts > forces a tool until one was used, be it the provider's": `
    ReasoningItem.id ReasoningItem.type RunReasoningItem.agent RunReasoningItem.rawItem
    RunReasoningItem.type
  `,
  "parity/agents.test.ts > forces a tool, with resetToolChoice ${resetToolChoice}": `
    ModelSettings.temperature
  `,
  "parity/agents.test.ts > keeps defaults where nothing is given": `
    Agent.handoffDescription Agent.inputGuardrails Agent.outputGuardrails Agent.outputSchemaName
    Agent.outputType Agent.resetToolChoice AgentOptions.handoffDescription
    AgentOptions.inputGuardrails AgentOptions.outputGuardrails AgentOptions.outputType
    AgentOptions.resetToolChoice
  `,
  "parity/agents.test.ts > lets a compaction stand for all that was before it": `
    RunCompactionItem.agent RunCompactionItem.type
  `,
  "parity/agents.test.ts > merges the settings of the runner into those of the agent": `
    ModelSettings.maxTokens ModelSettings.topP RunConfig.modelSettings
  `,
  "parity/agents.test.ts > offers hosted tools as they are": `
    Agent.name AgentInputItem.id AgentInputItem.providerData AgentInputItem.type
    AgentOptions.name AgentOutputItem.id AgentOutputItem.providerData AgentOutputItem.type
    AssistantMessageItem.id AssistantMessageItem.providerData AssistantMessageItem.type
    FunctionCallItem.id FunctionCallItem.providerData FunctionCallItem.type
    FunctionCallResultItem.id FunctionCallResultItem.providerData FunctionCallResultItem.type
    FunctionTool.name FunctionTool.type HostedTool.name HostedTool.providerData HostedTool.type
    HostedToolCallItem.arguments HostedToolCallItem.id HostedToolCallItem.name
    HostedToolCallItem.providerData HostedToolCallItem.status HostedToolCallItem.type Tool.type
    ToolOptions.name
  `,
  "parity/agents.test.ts > offers the hosted tools that the library makes": `
    codeInterpreterTool fileSearchTool imageGenerationTool webSearchTool
  `,
  "parity/agents.test.ts > takes an empty message for an empty output": `
    ModelRequest.conversationId ModelRequest.handoffs ModelRequest.input
    ModelRequest.modelSettings ModelRequest.outputType ModelRequest.previousResponseId
    ModelRequest.systemInstructions ModelRequest.tools ModelRequest.toolsExplicitlyProvided
    RunItem.rawItem RunItem.type RunMessageOutputItem.agent RunMessageOutputItem.content
    RunMessageOutputItem.rawItem RunMessageOutputItem.type RunResult.activeAgent
    RunResult.finalOutput RunResult.history RunResult.input RunResult.inputGuardrailResults
    RunResult.interruptions RunResult.lastAgent RunResult.lastResponseId RunResult.newItems
    RunResult.output RunResult.outputGuardrailResults RunResult.rawResponses
    RunResult.runContext RunResult.state RunResult.toolInputGuardrailResults
    RunResult.toolOutputGuardrailResults Usage.inputTokens Usage.outputTokens
    Usage.requestUsageEntries Usage.requests Usage.totalTokens
  `,
  "parity/agents.test.ts > takes the last message of a response, and all its text": `
    AssistantMessageItem.role AssistantMessageItem.status FunctionCallItem.status
    FunctionCallResultItem.status
  `,
  "parity/agents.test.ts > takes the model of the agent before that of the runner": `
    ModelProvider.getModel RunConfig.model Runner Runner.run
  `,
  "parity/approvals.test.ts > refuses an item that was changed": "FunctionCallItem.arguments",
  "parity/approvals.test.ts > stays where it is without a decision": `
    RunToolApprovalItem.agent RunToolApprovalItem.arguments RunToolApprovalItem.name
    RunToolApprovalItem.rawItem RunToolApprovalItem.type
  `,
  "parity/approvals.test.ts > takes decisions made through the context": `
    FunctionCallItem.callId FunctionCallResultItem.callId RunContext.approveTool
    RunContext.getRejectionMessage RunContext.isToolApproved RunContext.rejectTool
    RunToolApprovalItem.toolName
  `,
  "parity/approvals.test.ts > tells what it stopped for until it goes on, decided or not": `
    RunState.getInterruptions
  `,
  "parity/conversations.test.ts > goes on with it in the stream and in the next run, by ${kind}": `
    IndividualRunOptions.previousResponseId run
  `,
  "parity/conversations.test.ts > keeps it from agents used as tools, by ${kind}": `
    Agent.tools AgentOptions.tools
  `,
  "parity/conversations.test.ts > refuses handoff filters, by ${kind}": `
    Handoff.inputFilter UserError
  `,
  "parity/conversations.test.ts > sends added input behind the outputs, by ${kind}": `
    RunInputItem.agent
  `,
  "parity/golden.test.ts > B-3 one free and two gated calls, decided one after the other": `
    Tool
  `,
  "parity/golden.test.ts > B-6 a session over two runs": `
    IndividualRunOptions.conversationId Session.getItems assistant user
  `,
  "parity/golden.test.ts > B-9 streaming a free and a gated call": `
    RunRawModelStreamEvent.data
  `,
  "parity/guardrails.test.ts > asks nobody where a guardrail rejects first": `
    ToolExecutionConfig.preApprovalInputGuardrails
  `,
  "parity/guardrails.test.ts > fails where a guardrail throws": `
    GuardrailExecutionError GuardrailExecutionError.error
  `,
  "parity/guardrails.test.ts > guards a tool: ${input} its input, ${output} its output": `
    ToolInputGuardrailTripwireTriggered ToolInputGuardrailTripwireTriggered.result
    ToolOutputGuardrailTripwireTriggered ToolOutputGuardrailTripwireTriggered.result
  `,
  "parity/guardrails.test.ts > keeps tools from running until all input has passed": `
    GuardrailFunctionOutput.outputInfo GuardrailFunctionOutput.tripwireTriggered
    ToolGuardrailFunctionOutput.outputInfo
  `,
  "parity/guardrails.test.ts > looks at input once over a pause, and at the output at the end": `
    FunctionTool.outputGuardrails ToolOptions.outputGuardrails
  `,
  "parity/guardrails.test.ts > runs the runner's guardrails and the agent's": `
    RunConfig.inputGuardrails RunConfig.outputGuardrails
  `,
  "parity/guardrails.test.ts > trips on input before the model is asked": `
    InputGuardrail.runInParallel InputGuardrailTripwireTriggered
    InputGuardrailTripwireTriggered.result
  `,
  "parity/guardrails.test.ts > trips on input beside the model": `
    FunctionTool.inputGuardrails ToolOptions.inputGuardrails
  `,
  "parity/guardrails.test.ts > trips on output": `
    OutputGuardrailTripwireTriggered OutputGuardrailTripwireTriggered.result
  `,
  "parity/handoffs.test.ts > filters for all handoffs of a runner that have no filter": `
    RunConfig.handoffInputFilter
  `,
  "parity/handoffs.test.ts > forces tools anew for each agent": "ModelSettings.toolChoice",
  "parity/handoffs.test.ts > goes through three agents and back": `
    Agent.handoffs AgentOptions.handoffs
  `,
  "parity/handoffs.test.ts > offers handoffs only where they are enabled": `
    Agent Handoff.isEnabled handoff
  `,
  "parity/handoffs.test.ts > shows a filter what there is, and takes what it makes": `
    HandoffInputData HandoffInputData.inputHistory HandoffInputData.newItems
    HandoffInputData.preHandoffItems HandoffInputData.runContext
  `,
  "parity/handoffs.test.ts > takes a text for a history, over a reload": "RunState.history",
  "parity/handoffs.test.ts > takes the first of two handoffs": `
    Agent.model AgentOptions.model
  `,
  "parity/handoffs.test.ts > tells the model what was transferred": `
    Handoff.agentName Handoff.toolDescription Handoff.toolName getHandoff getTransferMessage
  `,
  "parity/handoffs.test.ts > waits for a gated call before it hands off": "Handoff.agent",
  "parity/hooks.test.ts > stops telling listeners that were taken off": `
    Agent.off Agent.on Agent.once
  `,
  "parity/limits.test.ts > fails all the same where a handler has no output": `
    IndividualRunOptions.maxTurns
  `,
  "parity/limits.test.ts > keeps a handler's output out of the history where it says so": `
    RunErrorData.state RunErrorHandlerResult.includeInHistory
  `,
  "parity/limits.test.ts > keeps its limit over a pause": `
    MaxTurnsExceededError.state RunState.approve
  `,
  "parity/limits.test.ts > lets a handler end a run that has no turns left": `
    RunErrorData.history RunErrorData.lastAgent RunErrorData.newItems RunErrorData.output
    RunErrorData.rawResponses
  `,
  "parity/limits.test.ts > lets handlers end a run that has no proper output": `
    RunErrorHandlerResult.finalOutput
  `,
  "parity/limits.test.ts > rejects when its signal aborts": "IndividualRunOptions.signal",
  "parity/limits.test.ts > streams what a handler ends a run with": `
    StreamedRunResult.activeAgent StreamedRunResult.cancelled StreamedRunResult.completed
    StreamedRunResult.error StreamedRunResult.finalOutput StreamedRunResult.history
    StreamedRunResult.input StreamedRunResult.inputGuardrailResults
    StreamedRunResult.interruptions StreamedRunResult.lastAgent StreamedRunResult.lastResponseId
    StreamedRunResult.maxTurns StreamedRunResult.newItems StreamedRunResult.output
    StreamedRunResult.outputGuardrailResults StreamedRunResult.rawResponses
    StreamedRunResult.runContext StreamedRunResult.state
    StreamedRunResult.toolInputGuardrailResults StreamedRunResult.toolOutputGuardrailResults
  `,
  "parity/limits.test.ts > throws when the turns are used up": "MaxTurnsExceededError",
  "parity/reload.test.ts > gives its history as input for the next run": "system",
  "parity/reload.test.ts > keeps context and usage in the text": "RunState.usage",
  "parity/reload.test.ts > loads with a context of the caller's own": `
    RunState.fromStringWithContext
  `,
  "parity/reload.test.ts > reloads between two decisions": `
    RunState RunState.fromString RunState.toString
  `,
  "parity/run-options.test.ts > adds input while it waits": `
    RunState.addInput RunState.pendingInput
  `,
  "parity/run-options.test.ts > adds up usage by request, with details": `
    RequestUsage.inputTokens RequestUsage.inputTokensDetails RequestUsage.outputTokens
    RequestUsage.totalTokens Usage Usage.add Usage.inputTokensDetails UsageInput.inputTokens
    UsageInput.inputTokensDetails UsageInput.outputTokens UsageInput.requests
    UsageInput.totalTokens
  `,
  "parity/run-options.test.ts > filters what the model is sent": `
    Agent.instructions AgentOptions.instructions ModelInputData.instructions
  `,
  "parity/run-options.test.ts > keeps the instructions where a filter says none": `
    ModelInputData.input
  `,
  "parity/run-options.test.ts > lets tools, policies and instructions share and change a context": `
    IndividualRunOptions.context RunContext.context
  `,
  "parity/run-options.test.ts > refuses input that no model may see": "ToolUseBehavior",
  "parity/run-options.test.ts > takes a RunContext for a context": `
    RunContext RunContext.usage
  `,
  "parity/run-options.test.ts > takes added input back": "RunState.clearPendingInput",
  "parity/run-options.test.ts > words rejections with a function, where they have no text": `
    RunConfig.toolErrorFormatter RunState.reject ToolErrorFormatterArgs.callId
    ToolErrorFormatterArgs.defaultMessage ToolErrorFormatterArgs.toolType
  `,
  "parity/run-options.test.ts > words unknown tools with a function": `
    IndividualRunOptions.toolErrorFormatter ToolErrorFormatterArgs.kind
    ToolErrorFormatterArgs.toolName
  `,
  "parity/server-history.test.ts > is the same: $name ($kind, streamed: $stream, reloaded: $reloads)": `
    FunctionCallResultItem.output
  `,
  "parity/streaming.test.ts > gives its events as a web stream": "StreamedRunResult.toStream",
  "parity/streaming.test.ts > is complete although nobody looks at the events": `
    RunToolCallItem.agent RunToolCallItem.rawItem RunToolCallItem.type
    RunToolCallOutputItem.agent RunToolCallOutputItem.output RunToolCallOutputItem.rawItem
    RunToolCallOutputItem.type
  `,
  "parity/streaming.test.ts > streams a handoff": `
    RunState.currentAgent StreamedRunResult.currentAgent
  `,
  "parity/streaming.test.ts > streams a run up to its pause, and on from there": `
    StreamedRunResult.currentTurn
  `,
  "parity/streaming.test.ts > streams a run without tools": "extractAllTextOutput",
  "parity/streaming.test.ts > streams what a rejection leads to": `
    IndividualRunOptions.stream RunAgentUpdatedStreamEvent.agent
  `,
  "parity/tools.test.ts > fails the run where a timeout is an exception": `
    FunctionTool.timeoutBehavior ToolOptions.timeoutBehavior
  `,
  "parity/tools.test.ts > fails the run where a tool has no words for failures": `
    ToolCallError.state
  `,
  "parity/tools.test.ts > fails the run where arguments do not fit and nobody words it": `
    FunctionTool.errorFunction ToolCallError ToolCallError.error ToolOptions.errorFunction
  `,
  "parity/tools.test.ts > lets a tool word its own timeout": `
    FunctionTool.timeoutErrorFunction FunctionTool.timeoutMs ToolOptions.timeoutErrorFunction
    ToolOptions.timeoutMs ToolTimeoutError.timeoutMs ToolTimeoutError.toolName
  `,
  "parity/tools.test.ts > makes structured outputs of images and files": `
    SerializedTool.type ToolOutputImage.detail ToolOutputImage.image ToolOutputImage.type
    ToolOutputText.text ToolOutputText.type
  `,
  "parity/tools.test.ts > names tools as models allow, after their function if need be": `
    FunctionTool.description FunctionTool.parameters SerializedTool.name ToolOptions.description
    ToolOptions.execute ToolOptions.parameters tool
  `,
  "parity/tools.test.ts > offers tools only where they are enabled": "ToolOptions.isEnabled",
  "parity/tools.test.ts > runs at most so many tools at once": `
    ToolExecutionConfig.maxFunctionToolConcurrency
  `,
  "parity/tools.test.ts > takes a JSON Schema, strict and not": `
    FunctionTool.strict ToolOptions.strict
  `,
  "parity/tools.test.ts > tells the model of a tool that nobody knows, where that is wanted": `
    IndividualRunOptions.toolNotFoundBehavior
  `,
  "parity/typed/approvals.ts": "RunResult RunToolApprovalItem",
  "parity/typed/context.ts": "FunctionCallItem.name FunctionCallResultItem.name Tool.name",
  "parity/typed/delegation.ts": "FunctionToolResult.type",
  "parity/typed/guardrails.ts": `
    InputGuardrail InputGuardrail.execute InputGuardrail.name OutputGuardrail
    OutputGuardrail.execute OutputGuardrail.name ToolGuardrailFunctionOutputFactory
    ToolTimeoutError.state defineToolInputGuardrail defineToolOutputGuardrail
  `,
  "parity/typed/models.ts": `
    AgentInputItem AssistantMessageItem IndividualRunOptions.session Model Model.getResponse
    Model.getStreamedResponse ModelProvider ModelRequest ModelResponse ModelResponse.output
    ModelResponse.responseId ModelResponse.usage ModelSettings ModelSettings.parallelToolCalls
    RunConfig.modelProvider RunErrorData.input Runner.on Session Session.clearSession
    Session.getSessionId Session.popItem StreamEvent
  `,
  "parity/typed/outputs.ts": "AgentOutputType Handoff",
  "parity/typed/streaming.ts": `
    ResponseStreamEvent.type RunAgentUpdatedStreamEvent.type RunItem RunItemStreamEvent.item
    RunItemStreamEvent.type RunRawModelStreamEvent.type RunStreamEvent RunStreamEvent.type
    StreamEvent.type StreamedRunResult StreamedRunResult.toTextStream
  `,
  "parity/user-functions.test.ts > are told to the agent above: customOutputExtractor": `
    AgentToolOptions.customOutputExtractor
  `,
};

/** By the test of the error that refuses it. */
export const refused: Table = {};

/** By the sentence that says why. */
export const outOfScope: Table = {
  "Computer use is not built: a tool of your own that is gated does the same step by step.": `
    Computer ComputerCallResultItem ComputerOnSafetyCheckFunction ComputerSafetyCheck
    ComputerSafetyCheckResult ComputerTool ComputerToolCustomDataContext
    ComputerToolCustomDataExtractor ComputerUseCallItem computerTool
  `,
  "Programmatic tool calling is not built: a call that no model made by itself cannot be shown to anybody.": `
    FunctionCallItem.caller FunctionCallResultItem.caller FunctionTool.allowedCallers
    HostedToolCallItem.caller ProgramCallItem ProgramCallResultItem ProgrammaticToolCallingTool
    ToolAllowedCaller ToolAllowedCallers ToolCaller ToolOptions.allowedCallers
    programmaticToolCallingTool
  `,
  "Realtime and voice agents are not built: this library runs agents that work in turns.": `
    realtime
  `,
  "Sandbox agents are not built.": "IndividualRunOptions.sandbox RunConfig.sandbox",
  "Shell tools are not built: write a gated tool that runs the commands that you allow.": `
    Shell ShellAction ShellCallItem ShellCallResultItem ShellOutputResult ShellResult ShellTool
    ShellToolContainerAutoEnvironment ShellToolContainerNetworkPolicy
    ShellToolContainerNetworkPolicyAllowlist ShellToolContainerNetworkPolicyDisabled
    ShellToolContainerNetworkPolicyDomainSecret ShellToolContainerReferenceEnvironment
    ShellToolContainerSkill ShellToolEnvironment ShellToolHostedEnvironment ShellToolInlineSkill
    ShellToolInlineSkillSource ShellToolLocalEnvironment ShellToolLocalSkill
    ShellToolSkillReference shellTool
  `,
  "The apply_patch tool is not built: write a gated tool that changes files.": `
    ApplyPatchCallItem ApplyPatchCallResultItem ApplyPatchOperation ApplyPatchResult
    ApplyPatchTool ApplyPatchToolCustomDataContext ApplyPatchToolCustomDataExtractor Editor
    EditorInvocationContext applyDiff applyPatchTool
  `,
  "The original's runner keeps its own books with it; programs have no use for it.": `
    Agent.DEFAULT_MODEL_PLACEHOLDER Agent.hasExplicitToolConfig Handoff.getHandoffAsFunctionTool
    RunState.clearPendingAgentToolRun RunState.clearTrace RunState.getPendingAgentToolRun
    RunState.hasPendingAgentToolRun RunState.resetTurnPersistence RunState.rewindTurnPersistence
    RunState.setConversationContext RunState.setCurrentAgent RunState.setCurrentAgentSpan
    RunState.setPendingAgentToolRun RunState.setReasoningItemIdPolicy
  `,
  "Tool search and tool namespaces are not built: give the agent the tools that it needs.": `
    ClientToolSearchExecutor ClientToolSearchExecutorArgs ClientToolSearchExecutorResult
    FunctionTool.deferLoading RunState.getToolSearchRuntimeTools
    RunState.getToolSearchRuntimeToolsForOutput RunState.recordToolSearchRuntimeTools
    RunToolSearchCallItem RunToolSearchOutputItem ToolNamespaceOptions ToolOptions.deferLoading
    ToolReference ToolSearchCallArguments ToolSearchCallItem ToolSearchOutputItem
    ToolSearchOutputTool ToolSearchTool attachClientToolSearchExecutor
    getClientToolSearchExecutor getToolSearchRuntimeToolKey toolNamespace toolSearchTool
  `,
  "Voice agents are not built, so there are no spans of them.": `
    SpeechGroupSpanData SpeechSpanData TranscriptionSpanData createSpeechGroupSpan
    createSpeechSpan createTranscriptionSpan withSpeechGroupSpan withSpeechSpan
    withTranscriptionSpan
  `,
};

/** Not yet one of the above, by what is missing. */
export const todo: Table = {
  "MCP client": `
    GetAllMcpToolsOptions HostedMCPTool MCPBlobResourceContent MCPCallToolOptions
    MCPListResourceTemplatesResult MCPListResourcesParams MCPListResourcesResult
    MCPListToolsSpanData MCPReadResourceResult MCPResource MCPResourceContent
    MCPResourceTemplate MCPServer MCPServerSSE MCPServerStdio MCPServerStreamableHttp
    MCPServerWithResources MCPServers MCPServersOptions MCPServersReconnectOptions
    MCPTextResourceContent MCPToolCacheKeyGenerator MCPToolCustomDataContext
    MCPToolCustomDataExtractor MCPToolErrorFunction MCPToolFilterCallable MCPToolFilterContext
    MCPToolFilterStatic MCPToolMetaContext MCPToolMetaResolver connectMcpServers
    createMCPListToolsSpan createMCPToolStaticFilter getAllMcpTools hostedMcpTool
    mcpToFunctionTool withMCPListToolsSpan
  `,
  "OpenAI clients, models and events": `
    OPENAI_CHAT_COMPLETIONS_RAW_MODEL_EVENT_SOURCE OPENAI_DEFAULT_MODEL_ENV_VARIABLE_NAME
    OPENAI_RESPONSES_RAW_MODEL_EVENT_SOURCE OpenAIChatCompletionsModel
    OpenAIChatCompletionsModelOptions OpenAIChatCompletionsRawModelStreamEvent OpenAIClient
    OpenAIProvider OpenAIProviderOptions OpenAIRawModelEventSource OpenAIResponsesCompactionArgs
    OpenAIResponsesCompactionAwareSession OpenAIResponsesCompactionDecisionContext
    OpenAIResponsesCompactionMode OpenAIResponsesCompactionOwnershipAwareSession
    OpenAIResponsesCompactionResult OpenAIResponsesCompactionSession
    OpenAIResponsesCompactionSessionOptions OpenAIResponsesModel
    OpenAIResponsesRawModelStreamEvent OpenAIResponsesWSModel OpenAIResponsesWebSocketOptions
    ResponsesWebSocketSession ResponsesWebSocketSessionOptions getDefaultModel
    getDefaultModelSettings getDefaultOpenAIClient gpt5ReasoningSettingsRequired isGpt5Default
    isOpenAIChatCompletionsRawModelStreamEvent isOpenAIResponsesCompactionAwareSession
    isOpenAIResponsesCompactionOwnershipAwareSession isOpenAIResponsesRawModelStreamEvent
    setDefaultOpenAIClient setDefaultOpenAIKey setOpenAIAPI setOpenAIResponsesTransport
    startOpenAIConversationsSession withResponsesWebSocketSession
  `,
  "accepted, and not yet as the original does it": `
    Agent.getAllTools Agent.getEnabledHandoffs Agent.getMcpTools Agent.getPrompt
    Agent.processFinalOutput AgentToolOptions.includeInputSchema AgentToolOptions.inputBuilder
    AgentToolOptions.onStream AgentToolOptions.parameters AgentToolOptions.resumeState
    AgentToolOptions.runConfig AgentToolOptions.runOptions FunctionTool.invoke
    FunctionTool.isEnabled FunctionTool.needsApproval IndividualRunOptions.callModelInputFilter
    IndividualRunOptions.errorHandlers IndividualRunOptions.reasoningItemIdPolicy
    IndividualRunOptions.toolNameCollisionPolicy MemorySession.addItems ModelSettings.retry
    RunConfig.callModelInputFilter RunConfig.reasoningItemIdPolicy
    RunConfig.toolNameCollisionPolicy Session.addItems
  `,
  "members that are here without a test": `
    Agent.emit Agent.getSystemPrompt Agent.toJSON AgentHookEvents.agent_end
    AgentHookEvents.agent_handoff AgentHookEvents.agent_start AgentHookEvents.agent_tool_end
    AgentHookEvents.agent_tool_start AgentsError.state AssistantMessageItem.phase
    FunctionCallItem.namespace FunctionCallResultItem.namespace GuardrailExecutionError.state
    Handoff.inputJsonSchema Handoff.strictJsonSchema HostedToolCallItem.output
    IndividualRunOptions.sessionInputCallback IndividualRunOptions.toolExecution
    InputGuardrailTripwireTriggered.state MemorySession.clearSession MemorySession.getItems
    MemorySession.getSessionId MemorySession.popItem ModelBehaviorError.state
    ModelRefusalError.state ModelRequest.signal ModelRequest.tracing ModelResponse.providerData
    ModelResponse.requestId ModelSettings.frequencyPenalty ModelSettings.presencePenalty
    ModelSettings.providerData ModelSettings.reasoning ModelSettings.store ModelSettings.text
    ModelSettings.timeoutMs ModelSettings.truncation OpenAIConversationsSession.addItems
    OpenAIConversationsSession.clearSession OpenAIConversationsSession.getItems
    OpenAIConversationsSession.getSessionId OpenAIConversationsSession.popItem
    OpenAIConversationsSession.prepareHistoryItemForModelInput
    OpenAIConversationsSession.sessionId OpenAIConversationsSessionOptions.apiKey
    OpenAIConversationsSessionOptions.baseURL OpenAIConversationsSessionOptions.client
    OpenAIConversationsSessionOptions.conversationId
    OpenAIConversationsSessionOptions.organization OpenAIConversationsSessionOptions.project
    OutputGuardrailTripwireTriggered.state ReasoningItem.content ReasoningItem.providerData
    ReasoningItem.rawContent RequestUsage.endpoint RequestUsage.outputTokensDetails
    ResponseStreamEvent.providerData RunCompactionItem.rawItem RunCompactionItem.toJSON
    RunConfig.sessionInputCallback RunConfig.toolExecution RunConfig.toolNotFoundBehavior
    RunConfig.tracingDisabled RunConfig.workflowName RunContext.toolInput
    RunHandoffCallItem.toJSON RunHandoffOutputItem.toJSON RunHookEvents.agent_end
    RunHookEvents.agent_handoff RunHookEvents.agent_start RunHookEvents.agent_tool_end
    RunHookEvents.agent_tool_start RunInputItem.rawItem RunInputItem.toJSON RunInputItem.type
    RunItem.toJSON RunMessageOutputItem.toJSON RunReasoningItem.toJSON RunState.toJSON
    RunToolApprovalItem.toJSON RunToolCallItem.toJSON RunToolCallOutputItem.executionStatus
    RunToolCallOutputItem.toJSON Runner.config Runner.emit Runner.off Runner.once
    SerializedHandoff.inputJsonSchema SerializedHandoff.strictJsonSchema
    Session.prepareHistoryItemForModelInput StreamEvent.providerData SystemMessageItem.content
    SystemMessageItem.id SystemMessageItem.providerData SystemMessageItem.role
    SystemMessageItem.type ToolErrorFormatterArgs.runContext
    ToolGuardrailFunctionOutput.behavior ToolInputGuardrailTripwireTriggered.state
    ToolOutputGuardrailTripwireTriggered.state ToolOutputImage.providerData
    ToolOutputText.providerData UnknownItem.id UnknownItem.providerData UnknownItem.type
    Usage.outputTokensDetails UsageInput.outputTokensDetails UsageInput.requestUsageEntries
    UserError.state UserMessageItem.content UserMessageItem.id UserMessageItem.providerData
    UserMessageItem.role UserMessageItem.type
  `,
  "members that are not here": `
    Agent.mcpConfig Agent.mcpServers Agent.prompt AgentOptions.handoffOutputTypeWarningEnabled
    AgentOptions.mcpConfig AgentOptions.mcpServers AgentOptions.prompt
    AgentToolOptions.onStreamMaxPendingEvents CallModelInputFilter.preserveInputIdentity
    FunctionTool.customDataExtractor FunctionTool.outputSchema FunctionTool.providerData
    FunctionToolResult.runItem Handoff.clone Handoff.onInvokeHandoff
    IndividualRunOptions.outputGuardrailBlockedMessage IndividualRunOptions.tracing
    MemorySession.applyHistoryMutations MemorySession.applyHistoryTransaction
    Model.getRetryAdvice Model.supportsPromptModelSelection ModelRequest.overridePromptModel
    ModelRequest.prompt ModelResponse.rawUsage ModelSettings.contextManagement
    ModelSettings.preserveRawUsage ModelSettings.promptCacheOptions
    ModelSettings.promptCacheRetention
    OpenAIConversationsSession.prepareHistoryItemsForPersistenceComparison
    OpenAIConversationsSession.preserveReasoningItemIdsForPersistence
    OpenAIConversationsSession.replaceHistoryWithCompaction RequestUsage.fromJSON
    RunConfig.groupId RunConfig.outputGuardrailBlockedMessage RunConfig.traceId
    RunConfig.traceIncludeSensitiveData RunConfig.traceMetadata RunConfig.tracing
    RunContext.toJSON RunErrorHandlers.default RunInputItem.inputId
    RunRawModelStreamEvent.source RunResult.agentToolInvocation RunToolCallItem.callId
    RunToolCallItem.toolName RunToolCallOutputItem.callId RunToolCallOutputItem.customData
    Session.prepareHistoryItemsForPersistenceComparison
    Session.preserveReasoningItemIdsForPersistence Session.replaceHistoryWithCompaction
    StreamedRunResult.agentToolInvocation ToolOptions.customDataExtractor
    ToolOptions.outputSchema ToolOptions.providerData Usage.fromJSON UsageInput.input_tokens
    UsageInput.input_tokens_details UsageInput.output_tokens UsageInput.output_tokens_details
    UsageInput.request_usage_entries UsageInput.total_tokens
  `,
  retries: `
    ModelRetryAdvice ModelRetryAdviceRequest ModelRetryBackoffSettings ModelRetryNormalizedError
    ModelRetrySettings ModelTimeoutError RetryDecision RetryPolicy RetryPolicyContext
    retryPolicies
  `,
  "session protocols": `
    RunContextAwareSession SessionHistoryAppendItemsTransaction SessionHistoryMutation
    SessionHistoryReplaceSuffixTransaction SessionHistoryRewriteArgs
    SessionHistoryRewriteAwareSession SessionHistoryTransaction SessionHistoryTransactionArgs
    SessionHistoryTransactionAwareSession applySessionHistoryMutations isRunContextAwareSession
    isSessionHistoryRewriteAwareSession isSessionHistoryTransactionAwareSession
  `,
  tracing: `
    AgentSpanData BatchTraceProcessor ConsoleSpanExporter CustomSpanData FunctionSpanData
    GenerationSpanData GenerationUsageData GuardrailSpanData HandoffSpanData
    MultiTracingProcessor NoopSpan NoopTrace OpenAITracingExporter OpenAITracingExporterOptions
    ResponseSpanData Span SpanData SpanError SpanOptions TaskSpanData TaskUsageData Trace
    TraceContextSnapshot TraceProvider TraceProviderOptions TracingConfig TracingContextStorage
    TracingExporter TracingIdGenerator TracingProcessor TurnSpanData TurnUsageData
    addTraceProcessor createAgentSpan createCustomSpan createFunctionSpan createGenerationSpan
    createGuardrailSpan createHandoffSpan createResponseSpan createTaskSpan createTurnSpan
    defaultTracingIdGenerator dispatchSpan dispatchSpanEnd dispatchSpanStart dispatchTrace
    generateGroupId generateSpanId generateTraceId getCurrentSpan getCurrentTrace
    getCurrentTraceContext getGlobalTraceProvider getOrCreateTrace resetCurrentSpan
    setCurrentSpan setDefaultOpenAITracingExporter setTraceProcessors setTracingContextStorage
    setTracingDisabled setTracingExportApiKey setTracingIdGenerator startTraceExportLoop
    withAgentSpan withCustomSpan withFunctionSpan withGenerationSpan withGuardrailSpan
    withHandoffSpan withResponseSpan withTaskSpan withTrace withTraceContext withTurnSpan
  `,
  "values and types by name": `
    AgentConfigWithHandoffs AgentConfiguration AgentHooks AgentTool AgentToolInvocation
    AgentToolOptionsWithDefault AgentToolOptionsWithParameters CallModelInputFilterArgs
    CallToolResult CallToolResultContent CompletedAgentToolInvocationRunResult
    FunctionToolCustomDataContext FunctionToolCustomDataExtractor FunctionToolTimeoutBehavior
    HandoffCloneOptions HandoffEnabledFunction InputGuardrailFunction InputGuardrailFunctionArgs
    InputGuardrailMetadata InputGuardrailResult InvalidToolOutputError
    ModelSettingsContextManagement ModelSettingsToolChoice NonStreamRunOptions
    OutputGuardrailBlockedMessageArgs OutputGuardrailBlockedMessageFormatter
    OutputGuardrailDefinition OutputGuardrailFunction OutputGuardrailFunctionArgs
    OutputGuardrailMetadata OutputGuardrailResult ReasoningItemIdPolicy RequestUsageInput
    RunErrorHandlerInput RuntimeEventEmitter StandardSchemaWithJSON StreamEventGenericItem
    StreamEventResponseCompleted StreamEventResponseStarted StreamEventTextStream
    StreamRunOptions SystemError TextOutput ToolCallOutputContent ToolCallStructuredOutput
    ToolEnabledFunction ToolErrorKind ToolExecuteArgument ToolGuardrailBehavior
    ToolGuardrailMetadata ToolInputGuardrailData ToolInputGuardrailDefinition
    ToolInputGuardrailFunction ToolInputGuardrailResult ToolInputParameters
    ToolNameCollisionPolicy ToolNotFoundBehavior ToolOptionsWithGuardrails ToolOutputCustomData
    ToolOutputErrorContext ToolOutputFileContent ToolOutputGuardrailData
    ToolOutputGuardrailDefinition ToolOutputGuardrailFunction ToolOutputGuardrailResult
    ToolOutputSchema ToolTimeoutErrorFunction ToolToFinalOutputFunction ToolUseBehaviorFlags
    UnknownContext getLogger invalidateServerToolsCache invokeFunctionTool protocol
    resolveToolInputGuardrails resolveToolOutputGuardrails runToolInputGuardrails
    runToolOutputGuardrails setSensitiveDataLoggingEnabled
  `,
  "values and types that are here without a test": `
    AgentHookEvents AgentOptions AgentOutputItem AgentToolOptions AgentsError
    CallModelInputFilter FunctionCallItem FunctionCallResultItem FunctionTool FunctionToolResult
    GuardrailFunctionOutput HostedTool HostedToolCallItem IndividualRunOptions
    JsonSchemaDefinition MemorySession ModelInputData OpenAIConversationsSession
    OpenAIConversationsSessionOptions ReasoningItem RequestUsage ResponseStreamEvent
    RunAgentUpdatedStreamEvent RunCompactionItem RunConfig RunErrorData RunErrorHandler
    RunErrorHandlerResult RunErrorHandlers RunErrorKind RunHandoffCallItem RunHandoffOutputItem
    RunHookEvents RunInputItem RunItemStreamEvent RunMessageOutputItem RunRawModelStreamEvent
    RunReasoningItem RunToolCallItem RunToolCallOutputItem SerializedHandoff
    SerializedOutputType SerializedTool SessionInputCallback SystemMessageItem
    ToolErrorFormatter ToolErrorFormatterArgs ToolExecutionConfig ToolGuardrailFunctionOutput
    ToolOptions ToolOutputImage ToolOutputText ToolTimeoutError ToolsToFinalOutputResult
    UnknownItem UsageInput UserMessageItem defineOutputGuardrail setDefaultModelProvider
  `,
};
