#!/usr/bin/env node
import { main } from '../pipelines/cli/cli.ts'

process.exitCode = await main(process.argv, process.env)
